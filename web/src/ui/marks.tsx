import type { LucideIcon } from "lucide-react";
import AtSign from "lucide-react/icons/at-sign";
import Code from "lucide-react/icons/code";
import Globe from "lucide-react/icons/globe";
import Mail from "lucide-react/icons/mail";
import MessageCircle from "lucide-react/icons/message-circle";
import MessageCircleMore from "lucide-react/icons/message-circle-more";
import MessageSquare from "lucide-react/icons/message-square";
import MessagesSquare from "lucide-react/icons/messages-square";
import Phone from "lucide-react/icons/phone";
import type { ReactNode } from "react";
import { cx } from "@/lib/cx";
import { t } from "@/messages";
import type { Tone } from "./Badge";

type Shape = "ring" | "half" | "bar" | "tick" | "full" | "cross" | "dots";

/** Each known status has a tone and a shape of its own: neither depends on colour. */
const statuses: Record<string, { tone: Tone; shape: Shape }> = {
  open: { tone: "info", shape: "ring" },
  pending: { tone: "warning", shape: "half" },
  blocked: { tone: "danger", shape: "bar" },
  resolved: { tone: "success", shape: "tick" },
  closed: { tone: "neutral", shape: "full" },
  approved: { tone: "success", shape: "tick" },
  rejected: { tone: "danger", shape: "cross" },
  deactivated: { tone: "neutral", shape: "bar" },
  lead: { tone: "info", shape: "ring" },
  opportunity: { tone: "warning", shape: "half" },
  customer: { tone: "success", shape: "full" },
  inactive: { tone: "neutral", shape: "bar" },
  paid: { tone: "success", shape: "tick" },
  processing: { tone: "info", shape: "half" },
  shipped: { tone: "info", shape: "dots" },
  delivered: { tone: "success", shape: "full" },
  completed: { tone: "success", shape: "tick" },
  cancelled: { tone: "neutral", shape: "cross" },
  returned: { tone: "warning", shape: "cross" },
  refunded: { tone: "warning", shape: "bar" },
  failed: { tone: "danger", shape: "cross" },
  sent: { tone: "success", shape: "tick" },
  queued: { tone: "neutral", shape: "dots" },
};

const toneText: Record<Tone, string> = {
  neutral: "text-neutral",
  info: "text-info",
  success: "text-success",
  warning: "text-warning",
  danger: "text-danger",
  accent: "text-accent-text",
};

function StatusShape({ shape }: { shape: Shape }): ReactNode {
  const line = { stroke: "currentColor", strokeWidth: 1.6, strokeLinecap: "round" as const };
  const cut = { ...line, stroke: "var(--bg)" };
  return (
    <svg viewBox="0 0 14 14" className="size-3.5 shrink-0" fill="none" aria-hidden="true">
      <circle
        cx="7"
        cy="7"
        r="5.2"
        {...line}
        fill={shape === "full" || shape === "tick" || shape === "cross" ? "currentColor" : "none"}
        strokeDasharray={shape === "dots" ? "1.6 2.48" : undefined}
      />
      {shape === "half" && <path d="M7 4.2a2.8 2.8 0 0 1 0 5.6z" fill="currentColor" />}
      {shape === "bar" && <path d="M4.8 7h4.4" {...line} />}
      {shape === "tick" && <path d="m4.8 7.2 1.6 1.6 2.9-3.3" {...cut} />}
      {shape === "cross" && <path d="m5.2 5.2 3.6 3.6m0-3.6L5.2 8.8" {...cut} />}
    </svg>
  );
}

/** "in_transit" → "In transit", for statuses that a workspace added itself. */
function readable(status: string): string {
  const words = status.replace(/[_-]+/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A status as shape and word; `label` replaces the word where it is translated. */
export function StatusBadge({
  status,
  label,
  iconOnly = false,
}: {
  status: string;
  label?: string;
  iconOnly?: boolean;
}): ReactNode {
  const { tone, shape } = statuses[status] ?? { tone: "neutral", shape: "ring" };
  const text = label ?? readable(status);
  return (
    <span
      className="inline-flex items-center gap-1.5 align-middle whitespace-nowrap"
      title={iconOnly ? text : undefined}
    >
      <span className={toneText[tone]}>
        <StatusShape shape={shape} />
      </span>
      <span className={iconOnly ? "sr-only" : ""}>{text}</span>
    </span>
  );
}

const priorities: Record<number, { name: () => string; bars: number; look: string }> = {
  1: { name: () => t("ui.priority1"), bars: 4, look: "text-danger" },
  2: { name: () => t("ui.priority2"), bars: 3, look: "text-warning" },
  3: { name: () => t("ui.priority3"), bars: 2, look: "text-muted" },
  4: { name: () => t("ui.priority4"), bars: 1, look: "text-muted" },
};

/** The priority's own word, for menus: 1 extreme to 4 low. */
export function priorityName(priority: number): string {
  return priorities[priority]?.name() ?? String(priority);
}

/** Priority 1 (extreme) to 4 (low) as rising bars. */
export function PriorityMark({
  priority,
  withName = false,
}: {
  priority: number;
  withName?: boolean;
}): ReactNode {
  const found = priorities[priority];
  if (!found) return null;
  const name = found.name();
  return (
    <span
      className="inline-flex items-center gap-1.5 align-middle"
      title={withName ? undefined : t("ui.priority", { name })}
    >
      <svg
        viewBox="0 0 14 14"
        className={cx("size-3.5", found.look)}
        fill="currentColor"
        aria-hidden="true"
      >
        {[0, 1, 2, 3].map((i) => (
          <rect
            key={i}
            x={0.5 + i * 3.5}
            y={9 - i * 2.5}
            width="2.5"
            height={4 + i * 2.5}
            rx="0.75"
            opacity={i < found.bars ? 1 : 0.25}
          />
        ))}
      </svg>
      <span className={withName ? "" : "sr-only"}>
        {withName ? name : t("ui.priority", { name })}
      </span>
    </span>
  );
}

const channels: Record<string, { icon: LucideIcon; name: string }> = {
  portal: { icon: Globe, name: "Portal" },
  email: { icon: Mail, name: "E-mail" },
  chat: { icon: MessageCircle, name: "Chat" },
  api: { icon: Code, name: "API" },
  phone: { icon: Phone, name: "Phone" },
  social: { icon: AtSign, name: "Social" },
  sms: { icon: MessageSquare, name: "SMS" },
  whatsapp: { icon: MessageCircleMore, name: "WhatsApp" },
};

export function channelName(channel: string): string {
  return channels[channel]?.name ?? readable(channel);
}

export function ChannelIcon({ channel }: { channel: string }): ReactNode {
  const Icon = channels[channel]?.icon ?? MessagesSquare;
  const name = t("ui.channel", { name: channelName(channel) });
  return (
    <span title={name} className="inline-flex align-middle text-faint">
      <Icon size={14} aria-hidden />
      <span className="sr-only">{name}</span>
    </span>
  );
}
