import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { type FinalState, isFinal } from "./api/renders";
import type { RenderState } from "./api/types";
import { NotFound } from "./ui/NotFound";
import { PageCrash } from "./ui/PageCrash";
import { Shell } from "./ui/Shell";

const pages = {
  studio: lazyRouteComponent(() => import("./studio/StudioPage"), "StudioPage"),
  farm: lazyRouteComponent(() => import("./queue/QueuePage"), "QueuePage"),
  gallery: lazyRouteComponent(() => import("./gallery/GalleryPage"), "GalleryPage"),
  render: lazyRouteComponent(() => import("./render/RenderPage"), "RenderPage"),
  settings: lazyRouteComponent(() => import("./settings/SettingsPage"), "SettingsPage"),
};

/** Fetches every page, so that one can go to them while the server is away. */
export async function preloadPages(): Promise<void> {
  await Promise.allSettled(Object.values(pages).map((page) => page.preload?.()));
}

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const landing = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/studio" });
  },
});

const studio = createRoute({
  getParentRoute: () => root,
  path: "/studio",
  validateSearch: (search): { example?: string; render?: string } => ({
    example: text(search.example),
    render: text(search.render),
  }),
  component: pages.studio,
});

const farm = createRoute({
  getParentRoute: () => root,
  path: "/farm",
  component: pages.farm,
});

const gallery = createRoute({
  getParentRoute: () => root,
  path: "/gallery",
  validateSearch: (search): { state?: FinalState } => {
    const state = text(search.state) as RenderState | undefined;
    return { state: isFinal(state) ? state : undefined };
  },
  component: pages.gallery,
});

const render = createRoute({
  getParentRoute: () => root,
  path: "/gallery/$id",
  component: pages.render,
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  component: pages.settings,
});

export const router = createRouter({
  routeTree: root.addChildren([landing, studio, farm, gallery, render, settings]),
  defaultErrorComponent: PageCrash,
  defaultPreload: "intent",
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

function text(value: unknown): string | undefined {
  // A name such as `42` arrives as a number.
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}
