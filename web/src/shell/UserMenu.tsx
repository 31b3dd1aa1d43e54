import { useNavigate } from "@tanstack/react-router";
import CircleUser from "lucide-react/icons/circle-user";
import Keyboard from "lucide-react/icons/keyboard";
import LogOut from "lucide-react/icons/log-out";
import Monitor from "lucide-react/icons/monitor";
import Moon from "lucide-react/icons/moon";
import Sun from "lucide-react/icons/sun";
import type { ReactNode } from "react";
import { useSession } from "@/api/session";
import { cx } from "@/lib/cx";
import { setTheme, theme } from "@/lib/preferences";
import { useStore } from "@/lib/store";
import { t } from "@/messages";
import { Avatar } from "@/ui/Avatar";
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuLine } from "@/ui/Menu";
import { overlay } from "./overlays";
import { useSignOut } from "./useSignOut";

/** Who is signed in, with what concerns only them. */
export function UserMenu({ compact }: { compact: boolean }): ReactNode {
  const { user } = useSession();
  return (
    <Menu
      side="top"
      trigger={
        <button
          type="button"
          className={cx(
            "flex min-w-0 items-center gap-2 rounded-md text-start hover:bg-hover",
            compact ? "p-0.5" : "flex-1 py-1 ps-1 pe-2",
          )}
        >
          <Avatar name={user.name} />
          <span className={compact ? "sr-only" : "min-w-0 flex-1 leading-4"}>
            <span className="sr-only">{t("shell.account")}: </span>
            <span className="block truncate font-medium">{user.name}</span>
            <span className="block truncate text-sm text-faint">{user.role.name}</span>
          </span>
        </button>
      }
    >
      <UserMenuItems />
    </Menu>
  );
}

export function UserMenuItems(): ReactNode {
  const { user } = useSession();
  const navigate = useNavigate();
  const signOut = useSignOut();
  const chosen = useStore(theme);
  return (
    <>
      <MenuLabel>{user.email}</MenuLabel>
      <MenuItem icon={CircleUser} onSelect={() => void navigate({ to: "/account" })}>
        {t("account.title")}
      </MenuItem>
      <MenuItem icon={Keyboard} keys="?" onSelect={() => overlay.set("shortcuts")}>
        {t("shell.shortcuts")}
      </MenuItem>
      <MenuLine />
      <MenuLabel>{t("shell.theme")}</MenuLabel>
      <MenuChoice
        value={chosen}
        onChange={setTheme}
        options={[
          { value: "system", label: t("shell.theme.system"), icon: Monitor },
          { value: "light", label: t("shell.theme.light"), icon: Sun },
          { value: "dark", label: t("shell.theme.dark"), icon: Moon },
        ]}
      />
      <MenuLine />
      <MenuItem icon={LogOut} onSelect={() => void signOut()}>
        {t("shell.signOut")}
      </MenuItem>
    </>
  );
}
