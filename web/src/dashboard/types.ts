import type { MoneyValue } from "@/lib/format";

interface Named {
  id: string;
  name: string;
}

/** Tickets by what they need. A count above the cap means "more than that". */
export interface TicketCounts {
  open: number;
  pending: number;
  blocked: number;
  unassigned: number;
  urgent: number;
  mine: number;
  cap: number;
}

export interface Case {
  id: string;
  number: number;
  title: string;
  status: string;
  priority: number;
  customer: Named | null;
  assigneeId: string | null;
  waitingSince: string | null;
}

/** How many open tickets a user has. */
export interface Load {
  user: Named;
  available: boolean;
  open: number;
}

export interface Receipt {
  id: string;
  number: string;
  kind: string;
  status: string;
  customer: Named | null;
  total: MoneyValue;
  placedAt: string;
}

export interface Item {
  id: string;
  sku: string;
  title: string;
  price: MoneyValue;
  inventory: number | null;
  rating: number | null;
  /** Pieces in the last 90 days; 0 where it is not known. */
  sold: number;
}

export interface Contact {
  id: string;
  name: string;
  duty: string;
  email: string;
  phone: string;
  note: string;
}

/** The state of the workspace at a glance, as GET /dashboard gives it. */
export interface Dashboard {
  tickets: TicketCounts;
  waiting: Case[];
  activeIssues: Case[];
  load: Load[];
  recentOrders: Receipt[];
  lowStock: Item[];
  upsell: Item[];
  escalation: Contact[];
}
