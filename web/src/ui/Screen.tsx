import type { ReactNode } from "react";
import { useTitle } from "@/lib/title";

/** The frame of a screen: a bar with its title and actions, and the content that scrolls. */
export function Screen({
  title,
  start,
  actions,
  children,
}: {
  title: string;
  /** Follows the title: a count, a status. */
  start?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}): ReactNode {
  useTitle(title);
  return (
    <div className="flex h-full min-h-0 flex-col">
      <header className="screen-bar">
        <h1 className="truncate text-md font-semibold">{title}</h1>
        {start}
        <div className="ms-auto flex items-center gap-2">{actions}</div>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto">{children}</div>
    </div>
  );
}

/** One subject of a page of settings: what it is at the start, its controls beside it. */
export function Section({
  title,
  hint,
  children,
}: {
  title: string;
  hint?: ReactNode;
  children: ReactNode;
}): ReactNode {
  return (
    <section className="grid gap-x-8 gap-y-3 border-b px-4 py-6 last:border-b-0 md:grid-cols-[14rem_minmax(0,30rem)] md:px-6">
      <div>
        <h2 className="font-semibold">{title}</h2>
        {hint && <p className="mt-1 text-muted">{hint}</p>}
      </div>
      <div className="flex min-w-0 flex-col gap-4">{children}</div>
    </section>
  );
}
