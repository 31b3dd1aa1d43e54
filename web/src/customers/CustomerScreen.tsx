import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useCan } from "@/api/session";
import { useTitle } from "@/lib/title";
import { t } from "@/messages";
import { ConflictDialog } from "@/records/ConflictDialog";
import { Notes } from "@/records/Notes";
import { RecordFrame, RecordScreen } from "@/records/RecordFrame";
import { useRecord, useSave } from "@/records/useRecord";
import { Screen } from "@/ui/Screen";
import { FailedState, SkeletonRows } from "@/ui/states";
import { toast } from "@/ui/toast";
import { CustomerDetails } from "./CustomerDetails";
import { CustomerHeader } from "./CustomerHeader";
import {
  CustomerOrders,
  CustomerProducts,
  CustomerTickets,
  CustomerTransactions,
} from "./CustomerLists";
import { customerFieldLabel } from "./fields";
import { Journey } from "./Journey";
import type { Customer } from "./types";

/** Everything about one customer. Another customer is another page, which keeps nothing of this one. */
export function CustomerScreen(): ReactNode {
  const { customerId } = useParams({ from: "/app/customers/$customerId" });
  return <CustomerPage key={customerId} id={customerId} />;
}

function CustomerPage({ id }: { id: string }): ReactNode {
  const record = useRecord<Customer>("customers", id);
  if (record.data) return <Loaded customer={record.data.value} />;
  return (
    <Screen title={t("customers.title")}>
      {record.isError ? (
        <FailedState error={record.error} onRetry={() => void record.refetch()} />
      ) : (
        <SkeletonRows />
      )}
    </Screen>
  );
}

function Loaded({ customer }: { customer: Customer }): ReactNode {
  const { id } = customer;
  const can = useCan();
  const navigate = useNavigate();
  const { tab } = useSearch({ from: "/app/customers/$customerId" });
  const saving = useSave<Customer>("customers", id, {
    onMerged: (fields) => {
      // The shown name only follows the names.
      const names = fields.filter((f) => f !== "name" && f !== "nameMadeUp");
      toast.info(t("records.merged", { fields: names.map(customerFieldLabel).join(", ") }));
    },
  });
  useTitle(customer.name);
  const canUpdate = can("customers:update");
  const tabs = [
    {
      value: "journey",
      label: t("journey.title"),
      content: <Journey customerId={id} />,
    },
    ...(can("orders:read")
      ? [
          {
            value: "orders",
            label: t("customers.orders"),
            count: customer.stats?.orders,
            content: <CustomerOrders id={id} />,
          },
        ]
      : []),
    ...(can("tickets:read")
      ? [
          {
            value: "tickets",
            label: t("customers.tickets"),
            content: <CustomerTickets id={id} />,
          },
        ]
      : []),
    ...(can("orders:read")
      ? [
          {
            value: "products",
            label: t("customers.products"),
            content: <CustomerProducts id={id} />,
          },
          {
            value: "transactions",
            label: t("customers.transactions"),
            content: <CustomerTransactions id={id} />,
          },
        ]
      : []),
    {
      value: "notes",
      label: t("records.notes"),
      content: <Notes resource="customers" id={id} />,
    },
  ];
  return (
    <RecordScreen
      header={
        <CustomerHeader
          customer={customer}
          canUpdate={canUpdate}
          save={saving.save}
          remove={saving.remove}
        />
      }
    >
      <RecordFrame
        label={t("customers.tabs")}
        tabs={tabs}
        tab={tab}
        onTab={(next) =>
          void navigate({
            to: "/customers/$customerId",
            params: { customerId: id },
            search: next === "journey" ? {} : { tab: next },
            replace: true,
          })
        }
        details={<CustomerDetails customer={customer} canUpdate={canUpdate} save={saving.save} />}
      />
      <ConflictDialog
        conflict={saving.conflict}
        labelOf={customerFieldLabel}
        onSettle={saving.settle}
      />
    </RecordScreen>
  );
}
