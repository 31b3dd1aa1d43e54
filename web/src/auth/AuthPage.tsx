import type { LucideIcon } from "lucide-react";
import Gift from "lucide-react/icons/gift";
import Mail from "lucide-react/icons/mail";
import Package from "lucide-react/icons/package";
import ShoppingBag from "lucide-react/icons/shopping-bag";
import Star from "lucide-react/icons/star";
import type { ReactNode } from "react";
import { useTitle } from "@/lib/title";
import { type MessageKey, t } from "@/messages";
import { Logo } from "@/shell/Logo";

/** The frame of every page for people who are not signed in. */
export function AuthPage({
  title,
  hint,
  children,
}: {
  title: string;
  hint?: ReactNode;
  children?: ReactNode;
}): ReactNode {
  useTitle(title);
  return (
    <div className="grid min-h-full lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
      <main className="flex flex-col px-6 py-6">
        <div className="flex items-center gap-2 font-semibold">
          <Logo className="size-6" />
          {t("shell.product")}
        </div>
        <div className="mx-auto flex w-full max-w-88 flex-1 flex-col justify-center py-10">
          <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
          {hint && <div className="mt-1 text-muted">{hint}</div>}
          <div className="mt-6 flex flex-col gap-4">{children}</div>
        </div>
      </main>
      <Aside />
    </div>
  );
}

type Step = {
  icon: LucideIcon;
  title: MessageKey & `auth.aside.${string}`;
  detail: MessageKey & `auth.aside.${string}`;
  tone: string;
};

const steps: Step[] = [
  {
    icon: ShoppingBag,
    title: "auth.aside.order",
    detail: "auth.aside.orderDetail",
    tone: "text-muted",
  },
  {
    icon: Package,
    title: "auth.aside.parcel",
    detail: "auth.aside.parcelDetail",
    tone: "text-warning",
  },
  {
    icon: Mail,
    title: "auth.aside.ticket",
    detail: "auth.aside.ticketDetail",
    tone: "text-accent-text",
  },
  {
    icon: Gift,
    title: "auth.aside.gift",
    detail: "auth.aside.giftDetail",
    tone: "text-accent-text",
  },
  {
    icon: Star,
    title: "auth.aside.thanks",
    detail: "auth.aside.thanksDetail",
    tone: "text-success",
  },
];

/** What the product does, drawn as the thing it is about: one customer's line. */
function Aside(): ReactNode {
  return (
    <aside className="flex flex-col justify-center border-s bg-sunken px-16 max-lg:hidden">
      <div className="mx-auto w-full max-w-sm" aria-hidden="true">
        <ol className="relative flex flex-col gap-7 before:absolute before:inset-y-4 before:start-4 before:w-px before:bg-line">
          {steps.map(({ icon: Icon, title, detail, tone }) => (
            <li key={title} className="relative flex items-center gap-4">
              <span
                className={`flex size-8 shrink-0 items-center justify-center rounded-full border bg-bg ${tone}`}
              >
                <Icon size={15} />
              </span>
              <span>
                <span className="block font-medium">{t(title)}</span>
                <span className="block text-sm text-faint">{t(detail)}</span>
              </span>
            </li>
          ))}
        </ol>
      </div>
      <p className="mx-auto mt-12 w-full max-w-sm text-lg font-medium text-balance">
        {t("auth.aside")}
      </p>
    </aside>
  );
}

export const textLink = "font-medium text-accent-text underline underline-offset-2";
