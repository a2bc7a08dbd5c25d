/** The platform's own table, as far as the list shows it. */

import { customType, integer, pgTable, text, uuid } from "drizzle-orm/pg-core";

/**
 * A time in UTC as RFC 3339 writes it, made from PostgreSQL's text: a `Date` would lose the microseconds that the cursor
 * needs, and cost more.
 */
const instant = customType({
  dataType: () => "timestamp with time zone",
  fromDriver: (value) => `${value.slice(0, 10)}T${value.slice(11, -3)}Z`,
});

export const pipelines = pgTable("pipelines", {
  id: uuid("id").primaryKey(),
  name: text("name").notNull(),
  project: text("project").notNull(),
  organization: text("organization").notNull(),
  description: text("description").notNull(),
  keywords: text("keywords").array().notNull(),
  lifecycle: text("lifecycle").notNull(),
  revision: integer("revision").notNull(),
  createdAt: instant("created_at").notNull(),
  createdBy: text("created_by").notNull(),
  updatedAt: instant("updated_at").notNull(),
  updatedBy: text("updated_by").notNull(),
  deletedAt: instant("deleted_at"),
  orgId: uuid("org_id").notNull(),
});
