import ChevronDown from "lucide-react/icons/chevron-down";
import ChevronUp from "lucide-react/icons/chevron-up";
import type { ReactNode } from "react";
import { t } from "@/messages";
import { IconButton } from "@/ui/Button";

/** Moves a row up and down. At an end the button stays, so that the focus is not lost. */
export function MoveButtons({
  name,
  isFirst,
  isLast,
  onMove,
}: {
  name: string;
  isFirst: boolean;
  isLast: boolean;
  onMove: (step: -1 | 1) => void;
}): ReactNode {
  return (
    <span className="flex">
      <IconButton
        icon={ChevronUp}
        size="small"
        label={t("settings.moveUp", { name })}
        aria-disabled={isFirst}
        className="aria-disabled:opacity-40"
        onClick={() => {
          if (!isFirst) onMove(-1);
        }}
      />
      <IconButton
        icon={ChevronDown}
        size="small"
        label={t("settings.moveDown", { name })}
        aria-disabled={isLast}
        className="aria-disabled:opacity-40"
        onClick={() => {
          if (!isLast) onMove(1);
        }}
      />
    </span>
  );
}
