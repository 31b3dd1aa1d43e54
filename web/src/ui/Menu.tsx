import type { LucideIcon } from "lucide-react";
import Check from "lucide-react/icons/check";
import { DropdownMenu as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { cx } from "@/lib/cx";
import { direction } from "@/lib/locale";
import { useOverlayHost } from "./host";
import { Kbd } from "./Kbd";

const item =
  "flex min-h-7 cursor-default items-center gap-2 rounded-sm px-2 outline-none select-none data-highlighted:bg-hover data-disabled:text-faint";

/** A menu that opens from its trigger. Fill it with MenuItem, MenuChoice, MenuLabel, MenuLine. */
export function Menu({
  trigger,
  align = "start",
  side = "bottom",
  children,
}: {
  trigger: ReactNode;
  align?: "start" | "center" | "end";
  side?: "top" | "bottom" | "left" | "right";
  children: ReactNode;
}): ReactNode {
  return (
    <Radix.Root dir={direction()} modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal container={useOverlayHost()}>
        <Radix.Content
          align={align}
          side={side}
          sideOffset={4}
          collisionPadding={8}
          className="rise z-50 max-h-(--radix-dropdown-menu-content-available-height) min-w-48 overflow-y-auto rounded-lg border border-line bg-raised p-1 shadow-overlay"
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

export function MenuItem({
  icon: Icon,
  keys,
  danger = false,
  disabled = false,
  onSelect,
  children,
}: {
  icon?: LucideIcon;
  keys?: string;
  danger?: boolean;
  disabled?: boolean;
  onSelect: () => void;
  children: ReactNode;
}): ReactNode {
  return (
    <Radix.Item
      disabled={disabled}
      onSelect={onSelect}
      className={cx(item, danger && "text-danger")}
    >
      {Icon ? (
        <Icon size={15} aria-hidden className={danger ? "" : "text-muted"} />
      ) : (
        <span className="w-3.75" />
      )}
      <span className="flex-1">{children}</span>
      {keys && <Kbd keys={keys} />}
    </Radix.Item>
  );
}

/** One of several that are either on or off. The menu stays open. */
export function MenuCheck({
  checked,
  onChange,
  children,
}: {
  checked: boolean;
  onChange: (checked: boolean) => void;
  children: ReactNode;
}): ReactNode {
  return (
    <Radix.CheckboxItem
      checked={checked}
      onCheckedChange={onChange}
      onSelect={(event) => event.preventDefault()}
      className={item}
    >
      <span className="flex w-3.75 justify-center">
        <Radix.ItemIndicator>
          <Check size={14} aria-hidden />
        </Radix.ItemIndicator>
      </span>
      <span className="flex-1">{children}</span>
    </Radix.CheckboxItem>
  );
}

/** A group of which exactly one holds. */
export function MenuChoice<T extends string>({
  value,
  options,
  onChange,
}: {
  value: T;
  options: readonly { value: T; label: string; icon?: LucideIcon }[];
  onChange: (value: T) => void;
}): ReactNode {
  return (
    <Radix.RadioGroup value={value} onValueChange={(v) => onChange(v as T)}>
      {options.map(({ value: v, label, icon: Icon }) => (
        <Radix.RadioItem key={v} value={v} className={item}>
          {Icon ? (
            <Icon size={15} aria-hidden className="text-muted" />
          ) : (
            <span className="w-3.75" />
          )}
          <span className="flex-1">{label}</span>
          <Radix.ItemIndicator>
            <Check size={14} aria-hidden />
          </Radix.ItemIndicator>
        </Radix.RadioItem>
      ))}
    </Radix.RadioGroup>
  );
}

export function MenuLabel({ children }: { children: ReactNode }): ReactNode {
  return (
    <Radix.Label className="px-2 pt-1.5 pb-1 text-xs font-medium text-faint">
      {children}
    </Radix.Label>
  );
}

export function MenuLine(): ReactNode {
  return <Radix.Separator className="-mx-1 my-1 h-px bg-line" />;
}
