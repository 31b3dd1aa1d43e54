// Package customer is the people and companies that the brand serves: who they are, the identities they
// are known by, groups, notes, tags, and the journey that reads what happened to them.
//
// What belongs: everything in the tables customer and customer_*. What does not: what customers buy,
// write or earn; those rooms point here and are asked through Owner when a customer is deleted.
//
// Invariants:
//   - An identity (e-mail, phone, social, external) belongs to one customer of its workspace; e-mail
//     addresses are lower-cased and phone numbers E.164.
//   - email and phone of a customer are the values of their primary identities.
//   - version grows with every change to the row; name_key follows the names.
//   - A customer outside the actor's reach is answered exactly like one that does not exist.
package customer
