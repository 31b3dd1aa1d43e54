Feature: The customer's journey
  One line that tells everything that happened with a customer.

  Background:
    Given the brand "Acme" with Ada as its administrator
    And Mia, an agent
    And Ada's customer "Lena Fischer"

  Scenario: Orders, tickets and notes stand on one line, newest first
    Given an order "A-1" of "Lena Fischer" placed on "2025-03-01"
    And a ticket "Where is A-1?" of "Lena Fischer"
    And Mia notes "Prefers the phone." about "Lena Fischer"
    When Mia reads the journey of "Lena Fischer"
    Then the journey holds "order.placed, ticket.created, customer.note_added"
    And the journey is in the order of what happened, newest first

  Scenario: When it happened is not when it was recorded
    Given an order "A-1" of "Lena Fischer" placed on "2025-03-01"
    When Mia reads the journey of "Lena Fischer"
    Then the journey's "order.placed" happened on "2025-03-01"
    And the journey's "order.placed" was recorded today

  Scenario: The line can be narrowed to one kind
    Given an order "A-1" of "Lena Fischer" placed on "2025-03-01"
    And Mia notes "Prefers the phone." about "Lena Fischer"
    When Mia reads the journey of "Lena Fischer" with "kind=orders"
    Then the journey holds only "order."

  Scenario: What happened to a ticket stands on the line and in the ticket
    Given a ticket "Where is A-1?" of "Lena Fischer"
    When Mia moves "Where is A-1?" to "pending"
    And Mia reads the journey of "Lena Fischer"
    Then the journey holds "ticket.created, ticket.status_changed"
    When Mia reads what happened to "Where is A-1?"
    Then it tells that the ticket came by "phone"
    And it tells that Mia got the ticket automatically
    And it tells that Mia moved the ticket from "open" to "pending"

  Scenario: It is read page by page without a gap
    Given 12 orders of "Lena Fischer"
    When Mia reads the journey of "Lena Fischer" page by page, 5 at a time
    Then each of the 12 orders was there once

  Scenario: A colleague's customer has no journey to see
    Given Rae, a sales representative
    When Rae reads the journey of "Lena Fischer"
    Then it is not found
