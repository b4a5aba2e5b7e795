// Bundles the page's script as a web application would.  usage: node bundle.mjs <file to write>
import { build } from "esbuild";

await build({
  entryPoints: ["in_a_page.mjs"],
  outfile: process.argv[2],
  bundle: true,
  format: "iife",
  platform: "browser",
  define: { global: "globalThis" },
});
