/* Packs a greeting into a .tar.gz in memory and says how that went. It calls libarchive and zlib; what libarchive calls
 * (XML, compression, cryptography) is libarchive's own affair, and apt's. */
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

int main(void) {
  static const char greeting[] = "hello, world\n";
  static char packed[64 * 1024];
  size_t size = 0;

  struct archive *archive = archive_write_new();
  struct archive_entry *entry = archive_entry_new();
  archive_write_add_filter_gzip(archive);
  archive_write_set_format_ustar(archive);
  archive_write_set_options(archive, "gzip:!timestamp"); /* the same bytes every time */
  archive_entry_set_pathname(entry, "hello.txt");
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_entry_set_perm(entry, 0644);
  archive_entry_set_size(entry, (la_int64_t)strlen(greeting));

  if (archive_write_open_memory(archive, packed, sizeof packed, &size) != ARCHIVE_OK ||
      archive_write_header(archive, entry) != ARCHIVE_OK ||
      archive_write_data(archive, greeting, strlen(greeting)) < 0 || archive_write_close(archive) != ARCHIVE_OK) {
    fprintf(stderr, "hello: %s\n", archive_error_string(archive));
    return 1;
  }
  printf("hello: %zu bytes of .tar.gz, CRC %08lx, %s, zlib %s\n", size,
         crc32(0L, (const Bytef *)packed, (uInt)size), archive_version_string(), zlibVersion());
  archive_entry_free(entry);
  archive_write_free(archive);
  return 0;
}
