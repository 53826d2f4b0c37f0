#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace waymark::source {

enum class Encoding { kUtf8, kWindows1252 };

inline constexpr std::size_t kMinRead = 16;

// Bytes that come one after another, in bounded memory however many there are.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  // Fills `out` with up to `size` >= kMinRead bytes; 0 is the end. Throws Error{kEnvironment} where
  // the device fails, and Error{kCorrupt, "file.truncated" | "file.corrupt"} where compressed bytes
  // end early or make no sense, after what stood before the damage was delivered.
  virtual std::size_t read(char* out, std::size_t size) = 0;

  // Bytes of the file itself (compressed, as they stand on the device) that were used so far.
  virtual std::uint64_t position() const = 0;
};

// A file's content as UTF-8: .gz and .zst, known by their first bytes, are decompressed while
// reading, several members or frames one after another included. Throws Error{kNotFound}.
std::unique_ptr<ByteStream> open_file(const std::filesystem::path& path, Encoding encoding);

// The same for bytes in memory.
std::unique_ptr<ByteStream> open_memory(std::string bytes, Encoding encoding = Encoding::kUtf8);

}  // namespace waymark::source
