// The protocol of S3 and compatible stores: addresses, credentials and signatures.
//
// Requests are signed with AWS Signature Version 4
// (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html). libcurl can sign
// since 7.75 (Debian 11 has 7.74), but does not sort the query before 8.3, so it is done here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "io/http.h"

namespace rod::io {

struct S3Credentials {
  std::string key_id, secret, token;  // `token` is empty except for temporary ones
};

struct S3Options {
  std::string endpoint{};  // "": AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, or Amazon's
  std::string region{};    // "": AWS_REGION, AWS_DEFAULT_REGION, ~/.aws/config, or us-east-1
};

// Where a bucket is and how to prove who asks for it.
struct S3Access {
  std::string region;
  std::optional<S3Credentials> credentials;  // absent: requests are not signed
  Address bucket;                            // of https or http; an object's address is below() it
};

// For s3://BUCKET/… Credentials come from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and
// AWS_SESSION_TOKEN, or from the profile AWS_PROFILE (or "default") of AWS_SHARED_CREDENTIALS_FILE
// or ~/.aws/credentials; without any, requests are not signed, which suits public buckets. Throws
// Error(kUsage) for a bad bucket, region or endpoint, and for a profile that does not exist.
S3Access s3_access(const Address& address, const S3Options& options);

// Returns the https:// or http:// address of the object or prefix that an s3:// address names.
Address s3_object(const S3Access& access, const Address& address);

// Adds the headers that sign a request and all its headers. `now`: seconds since 1970. Does nothing
// without credentials.
void sign_s3(const S3Access& access, std::int64_t now, HttpRequest& request);

// Returns the error code in a response's XML ("ExpiredToken"); "" if there is none.
std::string s3_error_code(std::string_view body);

}  // namespace rod::io
