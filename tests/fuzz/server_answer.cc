// What comes from the network: whatever a server answers or an address says, numbers agree with
// their text, a Location never leads where a checked address would not, and nothing crashes.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"
#include "io/address.h"
#include "io/http.h"
#include "io/s3.h"

namespace {

using rod::io::Address;

void require(bool holds) {
  if (!holds) std::abort();
}

// The rules once more, in the plainest way.
void check_address(const Address& address) {
  require(address.scheme == "http" || address.scheme == "https" || address.scheme == "s3");
  require(!address.host.empty() && address.path.starts_with("/"));
  if (address.scheme == "s3")
    return;  // its path is a key, of any bytes, encoded when it is asked for
  for (const std::string& part : {address.host, address.path, address.query}) {
    for (const char c : part) require(c > ' ' && c < 0x7F);
  }
  require(address.host.find_first_of("/?#@\\") == address.host.npos);
  require(address.path.find_first_of("?#") == address.path.npos);
  require(address.query.find('#') == address.query.npos);
  const Address again = rod::io::parse_address(address.text());
  require(again.text() == address.text() && again.host == address.host);
  require(again.port == address.port && again.path == address.path);
  require(again.same_origin(address));
  if (!address.query.empty()) require(address.shown().ends_with("?…"));
  rod::io::is_private_host(address.host);
}

void check_addresses(const std::string& text) {
  rod::io::shown_name(text);
  try {
    check_address(rod::io::parse_address(text));
  } catch (const rod::Error& error) {
    require(error.kind() == rod::ErrorKind::kUsage);
  }
  const Address base = rod::io::parse_address("https://user:secret@example.org/a/b?token=1");
  if (const auto target = rod::io::resolve_address(base, text)) {
    require(target->user.empty() && target->password.empty());
    check_address(*target);
  }
}

void check_headers(const std::string& text) {
  if (const auto range = rod::io::parse_content_range(text)) {
    require(range->bytes || range->total);
    if (range->bytes) require(range->bytes->first <= range->bytes->second);
    if (range->bytes && range->total) require(range->bytes->second < *range->total);
  }
  if (const auto wait = rod::io::parse_retry_after(text, 1'700'000'000))
    require(wait->count() >= 0 && *wait <= std::chrono::hours(24));
}

void check_statuses(int status, const std::string& text) {
  const std::string code = rod::io::s3_error_code(text);
  for (const char c : code) require(static_cast<unsigned char>(c) >= 0x20);
  rod::io::HttpHead head{status, {{"retry-after", text}, {"location", text}}};
  try {
    rod::io::throw_for_status("object", head, code);
  } catch (const std::exception& error) {
    require(std::string_view(error.what()).starts_with("object"));
    return;
  }
  require(false);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const int status = 100 + (data[0] * 256 + data[1]) % 500;
  const std::string text(reinterpret_cast<const char*>(data) + 2, size - 2);
  check_addresses(text);
  check_headers(text);
  check_statuses(status, text);
  rod::io::is_private_ip(text);
  return 0;
}
