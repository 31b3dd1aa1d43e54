import type { LucideIcon } from "lucide-react";
import Box from "lucide-react/icons/box";
import Inbox from "lucide-react/icons/inbox";
import LayoutDashboard from "lucide-react/icons/layout-dashboard";
import Settings from "lucide-react/icons/settings";
import ShoppingBag from "lucide-react/icons/shopping-bag";
import Users from "lucide-react/icons/users";
import type { MessageKey } from "@/messages";

/** A place in the navigation. */
export interface Area {
  id: string;
  to: "/inbox" | "/dashboard" | "/customers" | "/orders" | "/products" | "/settings";
  label: Extract<MessageKey, `${string}.title` | `commerce.${string}`>;
  icon: LucideIcon;
  /** The letter after G. */
  letter: string;
  /** Any of these lets a person in; empty: everyone. */
  permissions: string[];
}

export const areas: readonly Area[] = [
  {
    id: "inbox",
    to: "/inbox",
    label: "inbox.title",
    icon: Inbox,
    letter: "i",
    permissions: ["tickets:read"],
  },
  {
    id: "dashboard",
    to: "/dashboard",
    label: "dashboard.title",
    icon: LayoutDashboard,
    letter: "d",
    permissions: ["dashboard:read"],
  },
  {
    id: "customers",
    to: "/customers",
    label: "customers.title",
    icon: Users,
    letter: "c",
    permissions: ["customers:read"],
  },
  {
    id: "orders",
    to: "/orders",
    label: "commerce.orders",
    icon: ShoppingBag,
    letter: "o",
    permissions: ["orders:read"],
  },
  {
    id: "products",
    to: "/products",
    label: "commerce.products",
    icon: Box,
    letter: "p",
    permissions: ["products:read"],
  },
  {
    id: "settings",
    to: "/settings",
    label: "settings.title",
    icon: Settings,
    letter: "s",
    permissions: [],
  },
];
