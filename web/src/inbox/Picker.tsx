import { Command as Cmdk } from "cmdk";
import Check from "lucide-react/icons/check";
import Plus from "lucide-react/icons/plus";
import { type ReactNode, useState } from "react";
import { t } from "@/messages";
import { Popover } from "@/ui/Popover";

export interface Choice {
  value: string;
  label: string;
  /** Drawn before the label. */
  mark?: ReactNode;
  /** Said after the label, in small. */
  hint?: string | undefined;
}

const line =
  "flex min-h-7 cursor-default items-center gap-2 rounded-sm px-2 data-[selected=true]:bg-hover";

/** A list that opens from its trigger, is narrowed by typing, and gives one choice or several. */
export function Picker({
  label,
  trigger,
  open,
  onOpenChange,
  choices,
  chosen,
  onChoose,
  onCreate,
  stays = false,
  loading = false,
  align = "start",
}: {
  label: string;
  trigger: ReactNode;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  choices: readonly Choice[];
  chosen: ReadonlySet<string>;
  onChoose: (value: string) => void;
  /** Offers to make what was typed and is not there yet. */
  onCreate?: ((typed: string) => void) | undefined;
  /** Stays open after a choice, for choosing several. */
  stays?: boolean;
  loading?: boolean;
  align?: "start" | "end";
}): ReactNode {
  const [typed, setTyped] = useState("");
  const change = (next: boolean) => {
    setTyped("");
    onOpenChange(next);
  };
  const query = typed.trim();
  const words = query.toLowerCase().split(/\s+/);
  const shown = choices.filter((c) => {
    const text = `${c.label} ${c.hint ?? ""}`.toLowerCase();
    return words.every((w) => text.includes(w));
  });
  const isNew = query !== "" && !choices.some((c) => c.label.toLowerCase() === query.toLowerCase());
  return (
    <Popover
      label={label}
      trigger={trigger}
      open={open}
      onOpenChange={change}
      align={align}
      className="w-64 p-0!"
    >
      <Cmdk shouldFilter={false} loop label={label}>
        <div className="border-b p-1.5">
          <Cmdk.Input
            value={typed}
            onValueChange={setTyped}
            placeholder={label}
            className="h-7 w-full bg-transparent px-1.5 outline-none"
          />
        </div>
        <Cmdk.List label={label} className="max-h-72 overflow-y-auto p-1">
          {!(isNew && onCreate) && (
            <Cmdk.Empty className="px-2 py-4 text-center text-muted">
              {loading ? t("ui.loading") : t("inbox.nothingFound")}
            </Cmdk.Empty>
          )}
          {shown.map((choice) => (
            <Cmdk.Item
              key={choice.value}
              value={choice.value || "none"}
              onSelect={() => {
                if (!stays) change(false);
                onChoose(choice.value);
              }}
              className={line}
            >
              {choice.mark}
              <span dir="auto" className="min-w-0 flex-1 truncate">
                {choice.label}
                {choice.hint && <span className="ms-1.5 text-sm text-faint">{choice.hint}</span>}
              </span>
              {chosen.has(choice.value) && (
                <Check size={14} role="img" aria-label={t("inbox.chosen")} />
              )}
            </Cmdk.Item>
          ))}
          {isNew && onCreate && (
            <Cmdk.Item
              value="create"
              onSelect={() => {
                setTyped("");
                onCreate(query);
              }}
              className={line}
            >
              <Plus size={14} aria-hidden className="text-muted" />
              <span className="truncate">{t("inbox.create", { name: query })}</span>
            </Cmdk.Item>
          )}
        </Cmdk.List>
      </Cmdk>
    </Popover>
  );
}
