import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const compress = promisify(gzip);
const compressible = /\.(?:js|css|html|svg|json|txt|webmanifest)$/;

/** Writes a .gz beside each text file, so that the server never compresses the app itself. */
function precompress(): Plugin {
  return {
    name: "precompress",
    apply: "build",
    enforce: "post",
    async closeBundle() {
      const dir = fileURLToPath(new URL("./dist", import.meta.url));
      const names = await readdir(dir, { recursive: true });
      for (const name of names.filter((n) => compressible.test(n))) {
        const bytes = await readFile(join(dir, name));
        if (bytes.length < 512) continue;
        await writeFile(join(dir, `${name}.gz`), await compress(bytes, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), tailwindcss(), precompress()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2023",
    // The page's policy allows no data: addresses, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: "manifest.json",
    chunkSizeWarningLimit: 700,
  },
  server: {
    host: "127.0.0.1",
    port: 5173,
    proxy: { "/api": { target: "http://127.0.0.1:8080", changeOrigin: false } },
  },
});
