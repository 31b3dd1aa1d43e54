import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { direction } from "@/lib/locale";

export interface Tab {
  value: string;
  label: string;
  /** Shown beside the label, as a count of what is inside. */
  count?: number | undefined;
  content: ReactNode;
}

/** Panels of which one is seen. Give value and onChange to keep the choice in the address. */
export function Tabs({
  tabs,
  label,
  value,
  onChange,
}: {
  tabs: readonly Tab[];
  label: string;
  value?: string;
  onChange?: (value: string) => void;
}): ReactNode {
  return (
    <Radix.Root
      dir={direction()}
      {...(value === undefined ? { defaultValue: tabs[0]?.value ?? "" } : { value })}
      {...(onChange ? { onValueChange: onChange } : {})}
      className="flex min-h-0 flex-1 flex-col"
    >
      <Radix.List aria-label={label} className="flex gap-4 overflow-x-auto border-b px-4">
        {tabs.map((tab) => (
          <Radix.Trigger
            key={tab.value}
            value={tab.value}
            className="-mb-px flex min-h-9 items-center gap-1.5 border-b-2 border-transparent whitespace-nowrap text-muted hover:text-text data-[state=active]:border-accent data-[state=active]:font-medium data-[state=active]:text-text"
          >
            {tab.label}
            {tab.count !== undefined && (
              <span className="tabular text-sm text-faint">{tab.count}</span>
            )}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map((tab) => (
        <Radix.Content key={tab.value} value={tab.value} className="min-h-0 flex-1 overflow-y-auto">
          {tab.content}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}
