import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The paths that belong to the API; every UI page and file lies outside them.
const apiPaths =
  "^/(render|renders|queue|preview|examples|limits|assets|version|healthz|readyz|events|ws|schema|openapi\\.json|docs|session)(?=[/?]|$)";

export default defineConfig({
  plugins: [react()],
  build: {
    // `/assets` is the API's path for meshes.
    assetsDir: "static",
    target: "es2023",
    // Browsers that know `light-dark()`; rewritten for older ones it would lose its colours.
    cssTarget: ["chrome123", "edge123", "firefox120", "safari17.5"],
  },
  server: {
    host: process.env.CLOVERS_FRONT_HOST ?? "127.0.0.1",
    port: Number(process.env.CLOVERS_FRONT_PORT ?? 5173),
    proxy: {
      [apiPaths]: {
        target: process.env.CLOVERS_API_URL ?? "http://127.0.0.1:8080",
        ws: true,
      },
    },
  },
});
