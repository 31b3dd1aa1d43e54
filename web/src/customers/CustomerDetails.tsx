import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { keys } from "@/api/keys";
import { formatDate } from "@/lib/format";
import { t } from "@/messages";
import { CustomFieldProperties } from "@/records/CustomFields";
import { useFieldDefinitions } from "@/records/fields";
import { Fact, Properties, Property } from "@/records/Property";
import { Panel } from "@/records/RecordFrame";
import type { Save } from "@/records/useRecord";
import { callTagged } from "@/records/wire";
import { Money, Time } from "@/ui/values";
import { Groups } from "./Groups";
import { Identities } from "./Identities";
import type { Customer } from "./types";

/** What is known about a customer, each part changed where it stands. */
export function CustomerDetails({
  customer,
  canUpdate,
  save,
}: {
  customer: Customer;
  canUpdate: boolean;
  save: Save;
}): ReactNode {
  const definitions = useFieldDefinitions("customers").fields;
  return (
    <>
      {customer.stats && <Value customer={customer} />}
      <Panel title={t("customers.identities")}>
        <Identities
          customerId={customer.id}
          identities={customer.identities ?? []}
          canUpdate={canUpdate}
        />
      </Panel>
      <Panel title={t("records.details")}>
        <Profile customer={customer} canUpdate={canUpdate} save={save} />
      </Panel>
      {definitions.length > 0 && (
        <Panel title={t("records.customFields")}>
          <Properties>
            <CustomFieldProperties
              definitions={definitions}
              values={customer.fields}
              canEdit={canUpdate}
              onSave={(fields, all) => save({ fields }, { fields: all })}
            />
          </Properties>
        </Panel>
      )}
      <Panel title={t("customers.groups")}>
        <Groups customer={customer} canUpdate={canUpdate} save={save} />
      </Panel>
      <Panel title={t("customers.address")}>
        <AddressPart customer={customer} canUpdate={canUpdate} save={save} />
      </Panel>
    </>
  );
}

/** What the customer is worth, one line for each currency. */
function Value({ customer }: { customer: Customer }): ReactNode {
  const stats = customer.stats;
  if (!stats) return null;
  return (
    <Panel
      title={t("customers.value")}
      end={
        <span className="text-muted">{t("customers.ordersCount", { count: stats.orders })}</span>
      }
    >
      {stats.values.length === 0 ? (
        <p className="text-muted">{t("customers.noOrders")}</p>
      ) : (
        <ul className="flex flex-wrap gap-x-4">
          {stats.values.map((value) => (
            <li key={value.currency}>
              <Money value={value} className="text-lg font-semibold" />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

type PartProps = { customer: Customer; canUpdate: boolean; save: Save };

function Profile({ customer, canUpdate, save }: PartProps): ReactNode {
  const text = (name: "firstName" | "lastName" | "company" | "level") => (
    <Property
      name={name}
      label={t(`customers.${name}`)}
      value={customer[name]}
      canEdit={canUpdate}
      onSave={(value) => save({ [name]: value || null }, { [name]: value })}
    />
  );
  return (
    <Properties>
      {text("firstName")}
      {text("lastName")}
      {text("company")}
      <Property
        name="kind"
        label={t("customers.kind")}
        type="choice"
        required
        value={customer.kind}
        shown={t(`customers.kind.${customer.kind}`)}
        choices={[
          { value: "person", label: t("customers.kind.person") },
          { value: "company", label: t("customers.kind.company") },
        ]}
        canEdit={canUpdate}
        onSave={(kind) => save({ kind })}
      />
      {text("level")}
      <Property
        name="birthDate"
        label={t("customers.birthDate")}
        type="date"
        value={customer.birthDate ?? ""}
        shown={
          customer.birthDate && formatDate(new Date(`${customer.birthDate}T00:00`), new Date())
        }
        canEdit={canUpdate}
        onSave={(birthDate) => save({ birthDate: birthDate || null })}
      />
      {customer.referredById && (
        <Fact label={t("customers.referredBy")}>
          <ReferredBy id={customer.referredById} />
        </Fact>
      )}
      <Fact label={t("records.created")}>
        <Time at={customer.createdAt} />
      </Fact>
    </Properties>
  );
}

function ReferredBy({ id }: { id: string }): ReactNode {
  const other = useQuery({
    queryKey: keys.one("customers", id),
    queryFn: ({ signal }) => callTagged<Customer>("GET", `/customers/${id}`, { signal }),
  });
  if (!other.data) return null;
  return (
    <Link
      to="/customers/$customerId"
      params={{ customerId: id }}
      className="text-accent-text hover:underline"
    >
      {other.data.value.name}
    </Link>
  );
}

const parts = ["line1", "line2", "city", "region", "postcode", "country"] as const;

function AddressPart({ customer, canUpdate, save }: PartProps): ReactNode {
  return (
    <Properties>
      {parts.map((part) => (
        <Property
          key={part}
          name={`address.${part}`}
          label={t(`customers.${part}`)}
          value={customer.address[part]}
          canEdit={canUpdate}
          onSave={(value) =>
            save({ address: { [part]: value || null } }, {
              address: { ...customer.address, [part]: value },
            } as Partial<Customer>)
          }
        />
      ))}
    </Properties>
  );
}
