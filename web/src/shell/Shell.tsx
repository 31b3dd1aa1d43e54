import { useQueryClient } from "@tanstack/react-query";
import { Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import Keyboard from "lucide-react/icons/keyboard";
import Search from "lucide-react/icons/search";
import SunMoon from "lucide-react/icons/sun-moon";
import Undo2 from "lucide-react/icons/undo-2";
import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import { onSessionEnded } from "@/api/renew";
import { useSession } from "@/api/session";
import { listenForKeys, useCommands } from "@/commands/registry";
import { setTheme } from "@/lib/preferences";
import { useStore } from "@/lib/store";
import { titleSuffix } from "@/lib/title";
import { startLive } from "@/live/live";
import { t } from "@/messages";
import { useSettingsCommands } from "@/settings/commands";
import { screenHost } from "@/ui/host";
import { toast, undoLast } from "@/ui/toast";
import { BottomBar } from "./BottomBar";
import { LiveNotice } from "./LiveNotice";
import { overlay } from "./overlays";
import { Rail } from "./Rail";
import { useMyAreas } from "./useMyAreas";

const Palette = lazy(() => import("./Palette"));
const ShortcutHelp = lazy(() => import("./ShortcutHelp"));

/** The frame around every screen: navigation, palette, shortcuts and the live connection. */
export function Shell(): ReactNode {
  const { user, workspace } = useSession();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const opened = useStore(overlay);

  useEffect(() => {
    titleSuffix.set(workspace.name);
  }, [workspace.name]);
  useEffect(() => {
    return listenForKeys();
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another person's sign-in needs another stream
  useEffect(() => {
    return startLive(queries);
  }, [queries, user.id]);
  useEffect(() => {
    return onSessionEnded(() => {
      const to = location.pathname + location.search;
      queries.clear();
      toast.info(t("shell.signedOut"));
      void navigate({ to: "/sign-in", search: { to } });
    });
  }, [queries, navigate]);
  useShellCommands();
  useSettingsCommands();

  return (
    <div className="flex h-full flex-col md:flex-row">
      <a
        href="#content"
        className="absolute start-2 top-2 z-50 rounded-md bg-accent px-3 py-1.5 text-on-accent not-focus:sr-only"
      >
        {t("shell.skip")}
      </a>
      <Rail />
      <main
        ref={screenHost.set}
        id="content"
        tabIndex={-1}
        className="relative min-h-0 min-w-0 flex-1 outline-none"
      >
        <Outlet />
        <LiveNotice />
      </main>
      <BottomBar />
      <Suspense>
        {opened === "palette" && <Palette />}
        {opened === "shortcuts" && <ShortcutHelp />}
      </Suspense>
      <TitleAnnouncer />
    </div>
  );
}

function useShellCommands(): void {
  const navigate = useNavigate();
  const areas = useMyAreas();
  const general = t("shell.group.general");
  useCommands([
    ...areas.map((area) => ({
      id: `go.${area.id}`,
      label: t("shell.goTo", { place: t(area.label) }),
      keys: `g ${area.letter}`,
      group: t("shell.group.go"),
      icon: area.icon,
      run: () => void navigate({ to: area.to }),
    })),
    {
      id: "go.account",
      label: t("shell.goTo", { place: t("account.title") }),
      group: t("shell.group.go"),
      run: () => void navigate({ to: "/account" }),
    },
    {
      id: "palette",
      label: t("shell.palette"),
      keys: "mod+k",
      group: general,
      icon: Search,
      keysOnly: true,
      whileTyping: true,
      run: () => overlay.set(overlay.get() === "palette" ? null : "palette"),
    },
    {
      id: "shortcuts",
      label: t("shell.shortcuts"),
      keys: "?",
      group: general,
      icon: Keyboard,
      run: () => overlay.set("shortcuts"),
    },
    {
      id: "undo",
      label: t("shell.undoLast"),
      keys: "z",
      group: general,
      icon: Undo2,
      run: () => void undoLast(),
    },
    ...(["system", "light", "dark"] as const).map((theme) => ({
      id: `theme.${theme}`,
      label: `${t("shell.theme")}: ${t(`shell.theme.${theme}`)}`,
      group: general,
      icon: SunMoon,
      run: () => setTheme(theme),
    })),
  ]);
}

/** Tells screen readers which page has come, since no page load does. */
function TitleAnnouncer(): ReactNode {
  const { pathname } = useLocation();
  const [said, setSaid] = useState("");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the path says when, the title says what
  useEffect(() => {
    const timer = setTimeout(() => setSaid(document.title), 150);
    return () => clearTimeout(timer);
  }, [pathname]);
  return (
    <div aria-live="polite" className="sr-only">
      {said}
    </div>
  );
}
