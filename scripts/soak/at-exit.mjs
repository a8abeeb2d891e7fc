// Loaded into a run by soak.mjs: reports on descriptor 3 what the process took.
import { readdirSync, writeSync } from "node:fs";

process.on("exit", () => {
  const { maxRSS } = process.resourceUsage();
  // One descriptor is that of the listing itself.
  const descriptors = readdirSync("/proc/self/fd").length - 1;
  writeSync(3, JSON.stringify({ maxRSS, descriptors }));
});
