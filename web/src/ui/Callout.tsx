import CircleAlert from "lucide-react/icons/circle-alert";
import CircleCheck from "lucide-react/icons/circle-check";
import Info from "lucide-react/icons/info";
import TriangleAlert from "lucide-react/icons/triangle-alert";
import type { ReactNode } from "react";
import { cx } from "@/lib/cx";
import { t } from "@/messages";

const kinds = {
  danger: { icon: CircleAlert, look: "bg-danger-tint text-danger" },
  warning: { icon: TriangleAlert, look: "bg-warning-tint text-warning" },
  success: { icon: CircleCheck, look: "bg-success-tint text-success" },
  info: { icon: Info, look: "bg-info-tint text-info" },
};

/** A remark about what surrounds it, announced when it appears. */
export function Callout({
  tone,
  requestId,
  children,
}: {
  tone: keyof typeof kinds;
  requestId?: string;
  children: ReactNode;
}): ReactNode {
  const { icon: Icon, look } = kinds[tone];
  return (
    <div
      role={tone === "danger" ? "alert" : "status"}
      className={cx("flex gap-2 rounded-md px-3 py-2", look)}
    >
      <Icon size={16} aria-hidden className="mt-0.5 shrink-0" />
      <div className="min-w-0">
        {children}
        {requestId && (
          <div className="mt-1 font-mono text-xs">{t("ui.requestId", { id: requestId })}</div>
        )}
      </div>
    </div>
  );
}
