#include "workloads/kernels/sha256.hpp"

#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

namespace workloads {
namespace {

template <auto Free>
struct freed_by {
  void operator()(auto* object) const { Free(object); }
};
using algorithm = std::unique_ptr<EVP_MD, freed_by<EVP_MD_free>>;
using context = std::unique_ptr<EVP_MD_CTX, freed_by<EVP_MD_CTX_free>>;

// Looked up at the first use: OpenSSL's providers are searched by name under a lock.
const EVP_MD* fetched() {
  static const algorithm once{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
  return once.get();
}

}  // namespace

sha256_digest sha256(std::span<const std::uint8_t> block) {
  thread_local const context own{EVP_MD_CTX_new()};
  sha256_digest result;
  if (own == nullptr || EVP_DigestInit_ex2(own.get(), fetched(), nullptr) != 1 ||
      EVP_DigestUpdate(own.get(), block.data(), block.size()) != 1 ||
      EVP_DigestFinal_ex(own.get(), result.data(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL cannot compute SHA-256");
  }
  return result;
}

}  // namespace workloads
