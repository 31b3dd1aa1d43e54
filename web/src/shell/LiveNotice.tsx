import WifiOff from "lucide-react/icons/wifi-off";
import { type ReactNode, useEffect, useState } from "react";
import { useStore } from "@/lib/store";
import { liveState } from "@/live/live";
import { t } from "@/messages";

/** A short loss heals unseen; a longer one is said (ms). */
const patience = 4000;

/** Says when live updates have stopped, so that nobody trusts an old screen. */
export function LiveNotice(): ReactNode {
  const isOpen = useStore(liveState) === "open";
  const [isLost, setLost] = useState(false);
  useEffect(() => {
    if (isOpen) {
      setLost(false);
      return;
    }
    const timer = setTimeout(() => setLost(true), patience);
    return () => clearTimeout(timer);
  }, [isOpen]);
  return (
    <div
      role="status"
      className="pointer-events-none absolute inset-x-0 bottom-3 z-20 flex justify-center"
    >
      {isLost && (
        <span className="rise flex min-h-7 items-center gap-2 rounded-full border bg-raised px-3 text-sm shadow-overlay">
          <WifiOff size={14} aria-hidden className="text-warning" />
          {t("shell.reconnecting")}
        </span>
      )}
    </div>
  );
}
