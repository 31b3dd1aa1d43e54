import { Link } from "@tanstack/react-router";
import PanelLeftClose from "lucide-react/icons/panel-left-close";
import PanelLeftOpen from "lucide-react/icons/panel-left-open";
import Search from "lucide-react/icons/search";
import type { ReactNode } from "react";
import { useSession } from "@/api/session";
import type { Area } from "@/app/areas";
import { cx } from "@/lib/cx";
import { direction } from "@/lib/locale";
import { railCollapsed, setRailCollapsed } from "@/lib/preferences";
import { useStore } from "@/lib/store";
import { t } from "@/messages";
import { IconButton } from "@/ui/Button";
import { Kbd } from "@/ui/Kbd";
import { Tooltip } from "@/ui/Tooltip";
import { Logo } from "./Logo";
import { overlay } from "./overlays";
import { UserMenu } from "./UserMenu";
import { useMyAreas } from "./useMyAreas";

/** The navigation at the start of wide windows. */
export function Rail(): ReactNode {
  const { workspace } = useSession();
  const collapsed = useStore(railCollapsed);
  const areas = useMyAreas();
  const main = areas.filter((a) => a.id !== "settings");
  const last = areas.filter((a) => a.id === "settings");
  return (
    <header
      className={cx(
        "flex shrink-0 flex-col border-e bg-sunken max-md:hidden",
        collapsed ? "w-(--rail-width-collapsed)" : "w-(--rail-width)",
      )}
    >
      <div
        className={cx("flex h-11 items-center gap-2", collapsed ? "justify-center" : "ps-3 pe-2")}
      >
        <Logo className="size-5" />
        {!collapsed && <span className="truncate font-semibold">{workspace.name}</span>}
      </div>
      <div className="px-2 pb-2">
        <SearchButton collapsed={collapsed} />
      </div>
      <nav
        aria-label={t("shell.main")}
        className="flex flex-1 flex-col gap-px overflow-y-auto px-2"
      >
        {main.map((area) => (
          <RailLink key={area.id} area={area} collapsed={collapsed} />
        ))}
        <span className="flex-1" />
        {last.map((area) => (
          <RailLink key={area.id} area={area} collapsed={collapsed} />
        ))}
      </nav>
      <div className={cx("flex items-center gap-1 p-2", collapsed && "flex-col-reverse")}>
        <UserMenu compact={collapsed} />
        <IconButton
          icon={collapsed === (direction() === "ltr") ? PanelLeftOpen : PanelLeftClose}
          label={collapsed ? t("shell.expand") : t("shell.collapse")}
          onClick={() => setRailCollapsed(!collapsed)}
        />
      </div>
    </header>
  );
}

function SearchButton({ collapsed }: { collapsed: boolean }): ReactNode {
  if (collapsed) {
    return (
      <div className="flex justify-center">
        <IconButton
          icon={Search}
          label={t("shell.search")}
          keys="mod+k"
          onClick={() => overlay.set("palette")}
        />
      </div>
    );
  }
  return (
    <button
      type="button"
      onClick={() => overlay.set("palette")}
      className="flex min-h-7 w-full items-center gap-2 rounded-md border bg-bg ps-2 pe-1 text-faint hover:text-text"
    >
      <Search size={14} aria-hidden className="shrink-0" />
      <span className="flex-1 truncate text-start">{t("shell.search")}</span>
      <Kbd keys="mod+k" />
    </button>
  );
}

function RailLink({ area, collapsed }: { area: Area; collapsed: boolean }): ReactNode {
  const Icon = area.icon;
  const link = (
    <Link
      to={area.to}
      className={cx(
        "flex min-h-7 items-center gap-2 rounded-md text-muted hover:bg-hover hover:text-text",
        "aria-[current=page]:bg-selected aria-[current=page]:font-medium aria-[current=page]:text-text",
        collapsed ? "justify-center" : "px-2",
      )}
    >
      <Icon size={16} aria-hidden className="shrink-0" />
      <span className={collapsed ? "sr-only" : "truncate"}>{t(area.label)}</span>
    </Link>
  );
  if (!collapsed) return link;
  return (
    <Tooltip
      label={t(area.label)}
      keys={`g ${area.letter}`}
      side={direction() === "ltr" ? "right" : "left"}
    >
      {link}
    </Tooltip>
  );
}
