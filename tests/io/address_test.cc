#include "io/address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace rod::io {
namespace {

std::string fault_of(std::string_view text) {
  try {
    parse_address(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return {};
}

TEST(Address, PartsAreTakenApart) {
  const Address address = parse_address("HTTPS://me:a%40b@Example.ORG:8443/a%20b/c.tar?x=1&y=2#z");
  EXPECT_EQ(address.scheme, "https");
  EXPECT_EQ(address.user, "me");
  EXPECT_EQ(address.password, "a@b");
  EXPECT_EQ(address.host, "example.org");
  EXPECT_EQ(address.port, 8443);
  EXPECT_EQ(address.text(), "https://example.org:8443/a%20b/c.tar?x=1&y=2");
  EXPECT_EQ(address.shown(), "https://example.org:8443/a%20b/c.tar?…");
}

TEST(Address, AKeyOfS3IsTakenAsItIs) {
  const Address address = parse_address("s3://bucket/a b/50%?#.tar");
  EXPECT_EQ(address.host, "bucket");
  EXPECT_EQ(address.path, "/a%20b/50%25%3F%23.tar");
  EXPECT_FALSE(fault_of("s3://key:secret@bucket/a").empty());
}

TEST(Address, WhatOthersCouldReadOtherwiseIsRefused) {
  for (const char* text : {"http://",
                           "http:///a",
                           "http:/host/a",
                           "ftp://host/a",
                           "http://host:0/",
                           "http://host:99999/",
                           "http://host:8a/",
                           "http://ho st/",
                           "http://host\\@evil/",
                           "http://a@b@host/",
                           "http://host/a b",
                           "http://host/a\r\nX: y",
                           "http://host/%zz",
                           "http://host/%2",
                           "http://[::1",
                           "s3://bucket?key",
                           "http://[fe80::1%25eth0]/",
                           "http://-host/",
                           "http://.host/",
                           "http://h%6Fst/",
                           "http://u:%0d%0a@host/",
                           "http://bücher.example/"}) {
    EXPECT_FALSE(fault_of(text).empty()) << text;
  }
  EXPECT_FALSE(fault_of("http://host/" + std::string(9000, 'a')).empty());
  EXPECT_FALSE(fault_of(std::string_view("http://host/\0a", 14)).empty());
  EXPECT_FALSE(fault_of(std::string_view("http://[::1\0.evil]/", 19)).empty());
}

TEST(Address, NoMessageShowsCredentials) {
  for (const char* text :
       {"http://me:s3cret@host:0/", "http://me:s3c/ret@host/", "http://h/a b?s3cret",
        "http://me:s3cret@@host/", "http://me:s3?cret@host/a#s3cret"}) {
    EXPECT_EQ(fault_of(text).find("cret"), std::string::npos) << fault_of(text);
    EXPECT_EQ(shown_name(text).find("cret"), std::string::npos) << shown_name(text);
  }
  EXPECT_EQ(shown_name("/data/a?b@c.tar"), "/data/a?b@c.tar");
  EXPECT_EQ(shown_name("https://u:p@host/a.tar?token=1"), "https://host/a.tar?…");
}

TEST(Address, ArgumentsLoseTheirCredentials) {
  char program[] = "rodprep", source[] = "https://me:secret@host/a?token",
       option[] = "--x=http://h/a", path[] = "a?b@c";
  char* argv[] = {program, source, option, path};
  hide_credentials(4, argv);
  EXPECT_STREQ(source, "https://*********@host/a******");
  EXPECT_STREQ(option, "--x=http://h/a");
  EXPECT_STREQ(path, "a?b@c");
}

TEST(Address, ARedirectIsResolvedAsBrowsersDo) {
  const Address base = parse_address("http://me:pw@host:81/a/b/c?q");
  const auto to = [&](const char* location) {
    const auto target = resolve_address(base, location);
    if (target) {
      EXPECT_EQ(target->user + target->password, "");
    }
    return target ? target->text() : "none";
  };
  EXPECT_EQ(to("d"), "http://host:81/a/b/d");
  EXPECT_EQ(to("../d?x"), "http://host:81/a/d?x");
  EXPECT_EQ(to("/../../d/./e/.."), "http://host:81/d/");
  EXPECT_EQ(to("?x"), "http://host:81/a/b/c?x");
  EXPECT_EQ(to("//other/d"), "http://other/d");
  EXPECT_EQ(to("https://u:p@other:8/d#f"), "https://other:8/d");
  for (const char* hostile : {"", "javascript:1", "file:///etc/passwd", "ftp://h/", "http://", "//",
                              "/a\nb", "/a b", "//[::1/"})
    EXPECT_EQ(to(hostile), "none") << hostile;
}

TEST(Address, PrivateNetworksAreKnown) {
  const auto is_private = [](const char* text) {
    char bytes[16];
    if (::inet_pton(AF_INET, text, bytes) == 1) return is_private_ip({bytes, 4});
    EXPECT_EQ(::inet_pton(AF_INET6, text, bytes), 1) << text;
    return is_private_ip({bytes, 16});
  };
  for (const char* ip : {"0.0.0.0",
                         "10.1.2.3",
                         "100.64.0.1",
                         "127.0.0.1",
                         "169.254.169.254",
                         "172.16.0.1",
                         "172.31.255.255",
                         "192.168.1.1",
                         "224.0.0.1",
                         "255.255.255.255",
                         "::",
                         "::1",
                         "::ffff:10.0.0.1",
                         "64:ff9b::a00:1",
                         "2002:a00:1::",
                         "fe80::1",
                         "fc00::1",
                         "ff02::1",
                         "2001:db8::1",
                         "::10.0.0.1"})
    EXPECT_TRUE(is_private(ip)) << ip;
  for (const char* ip : {"1.1.1.1", "8.8.8.8", "100.128.0.1", "172.32.0.1", "192.169.0.1",
                         "2606:4700::1111", "::ffff:1.1.1.1", "2002:101:101::"})
    EXPECT_FALSE(is_private(ip)) << ip;
  for (const char* host :
       {"localhost", "a.localhost.", "127.1", "0x7f000001", "2130706433", "[::1]"})
    EXPECT_TRUE(is_private_host(host)) << host;
  EXPECT_FALSE(is_private_host("example.org"));
}

}  // namespace
}  // namespace rod::io
