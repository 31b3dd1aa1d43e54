// Package attack holds the tests of the product under attack, across rooms: each class of vulnerability that can
// occur has its test here, in its room, or in test/wall. docs/security.md says which stands where. What one room
// alone decides is tested in that room.
package attack
