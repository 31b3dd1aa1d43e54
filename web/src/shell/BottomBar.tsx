import { Link, useNavigate } from "@tanstack/react-router";
import Ellipsis from "lucide-react/icons/ellipsis";
import Search from "lucide-react/icons/search";
import type { ReactNode } from "react";
import { t } from "@/messages";
import { Menu, MenuItem, MenuLine } from "@/ui/Menu";
import { overlay } from "./overlays";
import { UserMenuItems } from "./UserMenu";
import { useMyAreas } from "./useMyAreas";

const entry =
  "flex min-h-12 flex-1 flex-col items-center justify-center gap-0.5 text-xs text-muted aria-[current=page]:font-medium aria-[current=page]:text-accent-text";

/** The navigation of narrow windows: four areas within the thumb's reach, the rest behind More. */
export function BottomBar(): ReactNode {
  const areas = useMyAreas();
  const navigate = useNavigate();
  return (
    <nav
      aria-label={t("shell.main")}
      className="flex shrink-0 border-t bg-sunken pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      {areas.slice(0, 4).map(({ id, to, label, icon: Icon }) => (
        <Link key={id} to={to} className={entry}>
          <Icon size={18} aria-hidden />
          {t(label)}
        </Link>
      ))}
      <Menu
        side="top"
        align="end"
        trigger={
          <button type="button" className={entry}>
            <Ellipsis size={18} aria-hidden />
            {t("ui.more")}
          </button>
        }
      >
        <MenuItem icon={Search} onSelect={() => overlay.set("palette")}>
          {t("shell.search")}
        </MenuItem>
        {areas.slice(4).map(({ id, to, label, icon }) => (
          <MenuItem key={id} icon={icon} onSelect={() => void navigate({ to })}>
            {t(label)}
          </MenuItem>
        ))}
        <MenuLine />
        <UserMenuItems />
      </Menu>
    </nav>
  );
}
