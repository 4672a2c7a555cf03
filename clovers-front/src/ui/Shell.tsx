import { ActionIcon, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import IconMoon from "@tabler/icons-react/dist/esm/icons/IconMoon.mjs";
import IconSettings from "@tabler/icons-react/dist/esm/icons/IconSettings.mjs";
import IconSun from "@tabler/icons-react/dist/esm/icons/IconSun.mjs";
import { Link, Outlet } from "@tanstack/react-router";
import { useApiState } from "../api/health";
import { LiveBadge } from "./LiveBadge";
import { Logo } from "./Logo";
import { QueuePill } from "./QueuePill";
import classes from "./Shell.module.css";

/** What stands around every page: the header, the banner when the API is away, the page. */
export function Shell() {
  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#main">
        Skip to the page
      </a>
      <header className={classes.header}>
        <Link to="/studio" className={classes.brand}>
          <Logo />
          <span className={classes.brandName}>Clovers</span>
        </Link>
        <nav className={classes.nav} aria-label="Pages">
          <Link to="/studio" className={classes.link}>
            Studio
          </Link>
          <Link to="/farm" className={classes.link}>
            Farm
          </Link>
          <Link to="/gallery" className={classes.link}>
            Gallery
          </Link>
        </nav>
        <div className={classes.space} />
        <QueuePill />
        <LiveBadge />
        <ThemeToggle />
        <ActionIcon
          renderRoot={(root) => <Link to="/settings" {...root} />}
          variant="subtle"
          color="gray"
          size="lg"
          aria-label="Settings"
        >
          <IconSettings size={18} aria-hidden />
        </ActionIcon>
      </header>
      <OfflineBanner />
      {/* Within the router, since notices may hold links. */}
      <Notifications position="bottom-right" limit={4} />
      <main id="main" className={classes.main} tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  );
}

function OfflineBanner() {
  const down = useApiState() === "down";
  return (
    <div role="status">
      {down && (
        <div className={classes.banner}>
          <strong>Offline:</strong> editing still works and your draft is kept. Trying again …
        </div>
      )}
    </div>
  );
}

function ThemeToggle() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("dark");
  const other = scheme === "dark" ? "light" : "dark";
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      aria-label={`Use the ${other} theme`}
      onClick={() => setColorScheme(other)}
    >
      {scheme === "dark" ? <IconSun size={18} aria-hidden /> : <IconMoon size={18} aria-hidden />}
    </ActionIcon>
  );
}
