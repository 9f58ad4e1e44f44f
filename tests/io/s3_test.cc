#include "io/s3.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "../temporary_folder.h"
#include "base/error.h"
#include "io/sha256.h"

namespace rod::io {
namespace {

// The variables that S3 looks at, unset for the time of a test.
class S3 : public ::testing::Test {
 protected:
  S3() {
    for (const char* name :
         {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE",
          "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"})
      ::unsetenv(name);
    set("AWS_SHARED_CREDENTIALS_FILE", "/nowhere");
    set("AWS_CONFIG_FILE", "/nowhere");
  }
  static void set(const char* name, const std::string& value) { ::setenv(name, value.c_str(), 1); }
  static S3Access access(const char* address, const S3Options& options = {}) {
    return s3_access(parse_address(address), options);
  }
};

std::string header(const HttpRequest& request, const std::string& name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return {};
}

// RFC 4231, test cases 2 and 6.
TEST_F(S3, HmacIsThatOfTheRfc) {
  const auto hex = [](const std::string& bytes) {
    std::string text;
    for (const char c : bytes) {
      char pair[3];
      std::snprintf(pair, sizeof pair, "%02x", static_cast<unsigned char>(c));
      text += pair;
    }
    return text;
  };
  EXPECT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(hmac_sha256(std::string(131, '\xaa'),
                            "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

// The examples of
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
TEST_F(S3, SignaturesAreThoseOfTheSpecification) {
  constexpr std::int64_t kTime = 1369353600;  // 20130524T000000Z
  S3Access access{
      "us-east-1",
      S3Credentials{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""},
      {}};
  HttpRequest object{.address = parse_address("https://examplebucket.s3.amazonaws.com/test.txt"),
                     .headers = {{"Range", "bytes=0-9"}}};
  sign_s3(access, kTime, object);
  EXPECT_EQ(header(object, "Authorization"),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  HttpRequest list{
      .address = parse_address("https://examplebucket.s3.amazonaws.com/?prefix=J&max-keys=2")};
  sign_s3(access, kTime, list);
  EXPECT_TRUE(header(list, "Authorization")
                  .ends_with("34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
  HttpRequest lifecycle{.address =
                            parse_address("https://examplebucket.s3.amazonaws.com/?lifecycle")};
  sign_s3(access, kTime, lifecycle);
  EXPECT_TRUE(header(lifecycle, "Authorization")
                  .ends_with("fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
}

TEST_F(S3, WithoutCredentialsNothingIsSigned) {
  const S3Access anonymous = access("s3://bucket/a");
  EXPECT_FALSE(anonymous.credentials);
  HttpRequest request{.address = anonymous.bucket};
  sign_s3(anonymous, 0, request);
  EXPECT_TRUE(request.headers.empty());
}

TEST_F(S3, ABucketHasTheAddressOfItsStore) {
  EXPECT_EQ(access("s3://bucket/a").bucket.text(), "https://bucket.s3.us-east-1.amazonaws.com/");
  EXPECT_EQ(access("s3://a.b/k", {.region = "eu-west-1"}).bucket.text(),
            "https://s3.eu-west-1.amazonaws.com/a.b");
  set("AWS_ENDPOINT_URL", "http://127.0.0.1:9000");
  const S3Access minio = access("s3://bucket/dir/a b");
  EXPECT_EQ(s3_object(minio, parse_address("s3://bucket/dir/a b")).text(),
            "http://127.0.0.1:9000/bucket/dir/a%20b");
  EXPECT_THROW(access("s3://bucket/a", {.region = "a\r\nb"}), Error);
  EXPECT_THROW(access("s3://bucket/a", {.endpoint = "bucket"}), Error);
}

TEST_F(S3, CredentialsComeFromVariablesOrTheProfile) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "credentials")
      << "# mine\n[default]\naws_access_key_id = one\naws_secret_access_key=s1\n\n[work]\n"
         "aws_access_key_id=two\naws_secret_access_key = s2\naws_session_token = t2\n";
  std::ofstream(folder.path() / "config") << "[profile work]\nregion = eu-north-1\n";
  set("AWS_SHARED_CREDENTIALS_FILE", folder.path() / "credentials");
  set("AWS_CONFIG_FILE", folder.path() / "config");
  EXPECT_EQ(access("s3://b/a").credentials->key_id, "one");
  set("AWS_PROFILE", "work");
  EXPECT_EQ(access("s3://b/a").credentials->token, "t2");
  EXPECT_EQ(access("s3://b/a").region, "eu-north-1");
  set("AWS_PROFILE", "gone");
  EXPECT_THROW(access("s3://b/a"), Error);
  set("AWS_ACCESS_KEY_ID", "three");
  set("AWS_SECRET_ACCESS_KEY", "s3");
  EXPECT_EQ(access("s3://b/a").credentials->key_id, "three");
}

TEST_F(S3, OnlyACodeIsTakenFromAnAnswer) {
  EXPECT_EQ(s3_error_code("<Error><Code>ExpiredToken</Code>"), "ExpiredToken");
  EXPECT_EQ(s3_error_code("<Code>Expired"), "Expired");  // cut
  for (const char* hostile : {"", "<Code></Code>", "<Code>a b</Code>", "<Code>\x1b[31m</Code>"})
    EXPECT_EQ(s3_error_code(hostile), "") << hostile;
}

}  // namespace
}  // namespace rod::io
