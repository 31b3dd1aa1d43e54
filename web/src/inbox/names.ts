import { t } from "@/messages";
import type { Status } from "./types";

/** The word for a status. A workspace's own statuses are shown as they are written. */
export function statusName(status: string): string {
  const known = ["open", "pending", "blocked", "resolved", "closed"];
  return known.includes(status) ? t(`inbox.status.${status as Status}`) : status;
}
