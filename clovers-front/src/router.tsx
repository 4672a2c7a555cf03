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
  component: lazyRouteComponent(() => import("./studio/StudioPage"), "StudioPage"),
});

const farm = createRoute({
  getParentRoute: () => root,
  path: "/farm",
  component: lazyRouteComponent(() => import("./queue/QueuePage"), "QueuePage"),
});

const gallery = createRoute({
  getParentRoute: () => root,
  path: "/gallery",
  validateSearch: (search): { state?: FinalState } => {
    const state = text(search.state) as RenderState | undefined;
    return { state: isFinal(state) ? state : undefined };
  },
  component: lazyRouteComponent(() => import("./gallery/GalleryPage"), "GalleryPage"),
});

const render = createRoute({
  getParentRoute: () => root,
  path: "/gallery/$id",
  component: lazyRouteComponent(() => import("./render/RenderPage"), "RenderPage"),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  component: lazyRouteComponent(() => import("./settings/SettingsPage"), "SettingsPage"),
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
