// Package field is a workspace's own fields: their definitions for customers, tickets, orders and
// products, the check of values against them, and the index that makes values filterable and sortable.
//
// What belongs: definitions, rules, encoding, the table field_value. What does not: the values
// themselves, which lie in the "fields" column of the object's own table and are written by its room.
//
// Invariants:
//   - A value is written only after Validate; a key without a definition is refused.
//   - For a field whose index is ready, every object has exactly one row in field_value, also when it
//     has no value. Rooms write the object's row first and call IndexTx after it.
//   - A deleted definition keeps its key until its last value is gone.
package field
