import type { ReactNode } from "react";
import { t } from "@/messages";
import { type Tab, Tabs } from "@/ui/Tabs";
import { useWide } from "./useWide";

/**
 * The body of a record's page: tabs, and its details beside them. On narrow
 * screens the details are one more tab.
 */
export function RecordFrame({
  label,
  tabs,
  tab,
  onTab,
  details,
}: {
  label: string;
  tabs: readonly Tab[];
  tab: string | undefined;
  onTab: (tab: string) => void;
  details: ReactNode;
}): ReactNode {
  const wide = useWide();
  const all = wide
    ? tabs
    : [...tabs, { value: "details", label: t("records.details"), content: details }];
  const known = all.some((x) => x.value === tab) ? tab : undefined;
  return (
    <div className="flex min-h-0 flex-1">
      <div className="flex min-w-0 flex-1 flex-col">
        <Tabs label={label} tabs={all} value={known ?? tabs[0]?.value ?? ""} onChange={onTab} />
      </div>
      {wide && (
        <aside
          aria-label={t("records.details")}
          className="w-80 shrink-0 overflow-y-auto border-s bg-sunken xl:w-96"
        >
          {details}
        </aside>
      )}
    </div>
  );
}

/** One group of details. */
export function Panel({
  title,
  end,
  children,
}: {
  title: string;
  end?: ReactNode;
  children: ReactNode;
}): ReactNode {
  return (
    <section className="border-b px-4 py-3 last:border-b-0">
      <div className="mb-1 flex min-h-6 items-center justify-between gap-2">
        <h2 className="font-semibold">{title}</h2>
        {end}
      </div>
      {children}
    </section>
  );
}

/** The frame of a record's page: a bar with a way back, its name and actions; then its body. */
export function RecordScreen({
  header,
  children,
}: {
  header: ReactNode;
  children: ReactNode;
}): ReactNode {
  return (
    <div className="flex h-full min-h-0 flex-col">
      {header}
      {children}
    </div>
  );
}
