import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import ArrowUpRight from "lucide-react/icons/arrow-up-right";
import { type ReactNode, useEffect, useRef } from "react";
import { useCan } from "@/api/session";
import { t } from "@/messages";
import { pendingCountQuery, pendingLimit } from "./queries";
import { useMySections } from "./useMySections";

const item =
  "flex min-h-7 shrink-0 items-center gap-2 rounded-md px-2 whitespace-nowrap text-muted hover:bg-hover hover:text-text aria-[current=page]:bg-selected aria-[current=page]:font-medium aria-[current=page]:text-text";

/** The frame of the settings: their pages at the start, the open one beside. */
export function SettingsScreen(): ReactNode {
  const groups = useMySections();
  const menu = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  // On narrow windows the menu is one row, and the open page may lie beyond its edge.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the path says when
  useEffect(() => {
    const open = menu.current?.querySelector("[aria-current=page]");
    open?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [pathname]);
  return (
    <div className="flex h-full min-h-0 flex-col md:flex-row">
      <nav
        ref={menu}
        aria-label={t("settings.title")}
        className="flex shrink-0 border-b max-md:overflow-x-auto md:w-48 md:flex-col md:overflow-y-auto md:border-e md:border-b-0"
      >
        <p className="flex h-(--bar-height) shrink-0 items-center ps-4 text-md font-semibold max-md:hidden">
          {t("settings.title")}
        </p>
        <div className="flex gap-4 p-2 md:flex-col">
          {groups.map((group) => (
            <section
              key={group.label}
              aria-label={t(group.label)}
              className="flex gap-px md:flex-col"
            >
              <h2 className="px-2 pb-1 text-xs font-medium text-faint max-md:sr-only">
                {t(group.label)}
              </h2>
              {group.sections.map((section) => (
                <Link key={section.id} to={section.to} search={{}} className={item}>
                  <span className="flex-1">{t(section.label)}</span>
                  {section.id === "approvals" && <PendingCount />}
                </Link>
              ))}
            </section>
          ))}
          <section aria-label={t("settings.group.you")} className="flex gap-px md:flex-col">
            <h2 className="px-2 pb-1 text-xs font-medium text-faint max-md:sr-only">
              {t("settings.group.you")}
            </h2>
            <Link to="/account" className={item}>
              <span className="flex-1">{t("settings.account")}</span>
              <ArrowUpRight size={13} aria-hidden className="text-faint rtl:-scale-x-100" />
            </Link>
          </section>
        </div>
      </nav>
      <div className="min-h-0 min-w-0 flex-1">
        <Outlet />
      </div>
    </div>
  );
}

/** How many people wait to be let in; nothing while nobody does. */
export function PendingCount(): ReactNode {
  const can = useCan();
  const { data } = useQuery({ ...pendingCountQuery, enabled: can("users:read") });
  if (!data) return null;
  const shown = data >= pendingLimit ? `${pendingLimit}+` : String(data);
  return (
    <span className="tabular flex h-4.5 min-w-4.5 items-center justify-center rounded-full bg-accent px-1 text-xs font-semibold text-on-accent">
      <span aria-hidden>{shown}</span>
      <span className="sr-only">{t("settings.approvals.waiting", { count: data })}</span>
    </span>
  );
}
