import type { ReactNode } from "react";
import { useState } from "react";
import { useCan } from "@/api/session";
import { formatFull } from "@/lib/format";
import { t } from "@/messages";
import { Combobox } from "@/records/Combobox";
import { CustomFieldProperties } from "@/records/CustomFields";
import { useFieldDefinitions } from "@/records/fields";
import { Fact, Properties, Property, reasonFor } from "@/records/Property";
import { useColleagues } from "@/records/people";
import { Panel } from "@/records/RecordFrame";
import type { Save } from "@/records/useRecord";
import { Button } from "@/ui/Button";
import { Time } from "@/ui/values";
import { fromLocalInput, localInput } from "./dates";
import { findCustomers } from "./find";
import type { OrderDetail } from "./types";

/** What is known about an order besides its lines. */
export function OrderDetails({ order, save }: { order: OrderDetail; save: Save }): ReactNode {
  const can = useCan();
  const canUpdate = can("orders:update");
  const canCorrect = canUpdate || can("orders:correct_history");
  const definitions = useFieldDefinitions("orders").fields;
  return (
    <>
      <Panel title={t("commerce.customer")}>
        <CustomerOfOrder order={order} canEdit={canCorrect} save={save} />
      </Panel>
      <Panel title={t("records.details")}>
        <Properties>
          <Property
            name="number"
            label={t("commerce.number")}
            value={order.number}
            required
            canEdit={canUpdate}
            onSave={(number) => save({ number })}
          />
          <Property
            name="placedAt"
            label={t("commerce.placedAt")}
            type="datetime-local"
            required
            value={localInput(order.placedAt)}
            shown={formatFull(new Date(order.placedAt))}
            canEdit={canCorrect}
            onSave={(text) =>
              text
                ? save({ placedAt: fromLocalInput(text) })
                : Promise.reject(new Error(t("records.empty")))
            }
          />
          <Property
            name="source"
            label={t("commerce.source")}
            value={order.source}
            canEdit={canUpdate}
            onSave={(source) => save({ source })}
          />
          <Fact label={t("commerce.currency")}>{order.currency}</Fact>
          <Fact label={t("records.created")}>
            <Time at={order.createdAt} />
          </Fact>
        </Properties>
      </Panel>
      {definitions.length > 0 && (
        <Panel title={t("records.customFields")}>
          <Properties>
            <CustomFieldProperties
              definitions={definitions}
              values={order.fields}
              canEdit={canUpdate}
              onSave={(fields, all) => save({ fields }, { fields: all })}
            />
          </Properties>
        </Panel>
      )}
      <Panel title={t("commerce.history")}>
        <History order={order} />
      </Panel>
    </>
  );
}

function CustomerOfOrder({
  order,
  canEdit,
  save,
}: {
  order: OrderDetail;
  canEdit: boolean;
  save: Save;
}): ReactNode {
  const [editing, setEditing] = useState(false);
  const [problem, setProblem] = useState("");
  const choose = async (next: { id: string; name: string } | null) => {
    setEditing(false);
    setProblem("");
    try {
      await save(
        { customerId: next?.id ?? null },
        { customerId: next?.id ?? null, customer: next },
      );
    } catch (error) {
      setProblem(reasonFor(error, "customerId"));
    }
  };
  return (
    <>
      {editing ? (
        <div className="flex items-center gap-2">
          <div className="min-w-0 flex-1">
            <Combobox
              label={t("commerce.customer")}
              scope="customers"
              placeholder={t("commerce.findCustomer")}
              value=""
              find={findCustomers}
              onChange={(found) => void choose(found && { id: found.id, name: found.title })}
            />
          </div>
          <Button look="quiet" size="small" onClick={() => setEditing(false)}>
            {t("ui.cancel")}
          </Button>
        </div>
      ) : (
        <div className="flex items-center gap-2">
          <span dir="auto" className="min-w-0 flex-1 truncate">
            {order.customer?.name ?? <span className="text-faint">{t("commerce.noCustomer")}</span>}
          </span>
          {canEdit && (
            <>
              <Button look="quiet" size="small" onClick={() => setEditing(true)}>
                {t("customers.edit")}
              </Button>
              {order.customer && (
                <Button look="quiet" size="small" onClick={() => void choose(null)}>
                  {t("ui.remove")}
                </Button>
              )}
            </>
          )}
        </div>
      )}
      {problem && (
        <div role="alert" className="text-sm text-danger">
          {problem}
        </div>
      )}
    </>
  );
}

/** The steps of the status, oldest first. */
function History({ order }: { order: OrderDetail }): ReactNode {
  const colleagues = useColleagues();
  return (
    <ol className="flex flex-col">
      {order.history.map((step) => (
        <li key={`${step.at}${step.to}`} className="flex min-h-7 flex-wrap items-baseline gap-x-2">
          <span>
            {step.from
              ? t("commerce.historyStep", {
                  from: t(`commerce.status.${step.from}`),
                  to: t(`commerce.status.${step.to}`),
                })
              : t("commerce.historyFirst", { to: t(`commerce.status.${step.to}`) })}
          </span>
          <span dir="auto" className="text-sm text-faint">
            {colleagues.find((p) => p.id === step.actorId)?.name}
          </span>
          <Time at={step.at} className="ms-auto text-sm text-faint" />
        </li>
      ))}
    </ol>
  );
}
