// Counts the bytes of a gzip file, with three of Boost's compiled libraries.
#include <boost/filesystem.hpp>
#include <boost/iostreams/copy.hpp>
#include <boost/iostreams/device/file.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_stream.hpp>
#include <boost/program_options.hpp>
#include <iostream>
#include <sstream>

int main(int argc, char **argv) {
  namespace po = boost::program_options;
  po::options_description options("options");
  options.add_options()("file", po::value<std::string>(), "a gzip file");
  po::variables_map values;
  po::store(po::parse_command_line(argc, argv, options), values);
  if (!values.count("file") || !boost::filesystem::exists(values["file"].as<std::string>())) return 1;
  boost::iostreams::filtering_istream in;
  in.push(boost::iostreams::gzip_decompressor());
  in.push(boost::iostreams::file_source(values["file"].as<std::string>(), std::ios::binary));
  std::ostringstream out;
  boost::iostreams::copy(in, out);
  std::cout << out.str().size() << "\n";
}
