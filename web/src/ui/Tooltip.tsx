import { Tooltip as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { useOverlayHost } from "./host";
import { Kbd } from "./Kbd";

/** Goes once around the app, so that neighbouring tooltips follow without delay. */
export function TooltipProvider({ children }: { children: ReactNode }): ReactNode {
  return (
    <Radix.Provider delayDuration={400} skipDelayDuration={200}>
      {children}
    </Radix.Provider>
  );
}

/** Names a control on hover and focus. Never the only place where something is said. */
export function Tooltip({
  label,
  keys,
  side = "top",
  children,
}: {
  label: string;
  keys?: string | undefined;
  side?: "top" | "bottom" | "left" | "right";
  children: ReactNode;
}): ReactNode {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal container={useOverlayHost()}>
        <Radix.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="appear z-50 flex items-center gap-2 rounded-md border border-line bg-raised px-2 py-1 text-sm shadow-overlay"
        >
          {label}
          {keys && <Kbd keys={keys} />}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
