Feature: Customers and custom fields
  One record for each customer, in the brand's own shape.

  Background:
    Given the brand "Acme" with Ada as its administrator
    And Mia, an agent

  Scenario: One person, one record
    Given Mia's customer "Lena Fischer" with the e-mail "Lena.Fischer@Example.com"
    When Mia creates the customer "Lena F." with the e-mail "lena.fischer@example.com"
    Then the state does not allow it
    And the answer's "code" is "identity_taken"

  Scenario: Addresses and numbers are kept in one form
    When Mia creates a customer
      | firstName | Lena                 |
      | email     | Lena@EXAMPLE.com     |
      | phone     | +1 (212) 555-0142    |
    Then the answer's "email" is "lena@example.com"
    And the answer's "phone" is "+12125550142"

  Scenario: What is wrong is named
    When Mia creates a customer
      | firstName | Lena        |
      | email     | not-a-mail  |
      | shoeSize  | 42          |
    Then the answer is invalid at "body.shoeSize"
    When Mia creates a customer
      | firstName | Lena        |
      | email     | not-a-mail  |
    Then the answer is invalid at "body.email"

  Scenario: Only what is sent changes, and null clears
    Given Mia's customer "Lena Fischer" with the e-mail "lena@example.com"
    When Mia changes "company" of "Lena Fischer" to "Fischer GmbH"
    Then the answer's "email" is "lena@example.com"
    When Mia clears "company" of "Lena Fischer"
    Then the answer's "company" is ""
    And the answer's "firstName" is "Lena"

  Scenario: The brand adds a field and finds customers by it
    Given Ada has defined the customer field "shirt" as a list of "S, M, L" that can be filtered
    And Mia's customer "Lena Fischer" with the field "shirt" "M"
    And Mia's customer "Tom Byrne" with the field "shirt" "L"
    When Mia lists the customers with "field.shirt=M"
    Then the list is "Lena Fischer"

  Scenario: A field's rule is kept
    Given Ada has defined the customer field "shirt" as a list of "S, M, L" that can be filtered
    When Mia creates the customer "Lena Fischer" with the field "shirt" "Gigantic"
    Then the answer is invalid at "body.fields.shirt"
    When Mia creates the customer "Lena Fischer" with the field "hat" "M"
    Then the answer is invalid at "body.fields.hat"

  Scenario: A number field is found by a range and sorted by
    Given Ada has defined the customer field "points" as a number that can be filtered
    And Mia's customer "Lena Fischer" with the field "points" 5
    And Mia's customer "Tom Byrne" with the field "points" 40
    And Mia's customer "Ana Silva" with the field "points" 20
    When Mia lists the customers with "field.points[gte]=20&sort=-field.points"
    Then the list is "Tom Byrne, Ana Silva"

  Scenario: Whoever has no date stands behind those who have one
    Given Ada has defined the customer field "newsletterSince" as a date that can be filtered
    And Mia's customer "Lena Fischer"
    And Mia's customer "Tom Byrne" with the field "newsletterSince" "2026-02-01"
    And Mia's customer "Ana Silva" with the field "newsletterSince" "2025-11-20"
    When Mia lists the customers with "sort=field.newsletterSince"
    Then the list is "Ana Silva, Tom Byrne, Lena Fischer"
    When Mia lists the customers with "field.newsletterSince[gte]=2026-01-01"
    Then the list is "Tom Byrne"

  Scenario: A filter that does not exist is named
    When Mia lists the customers with "shoeSize=42"
    Then the answer's status is 400
    And the answer is about "shoeSize"

  Scenario: Pages stay whole while customers arrive
    Given 7 customers
    When Mia reads the customers page by page, 3 at a time, while another is created
    Then all 7 were seen once

  Scenario: A deleted customer's orders stay without a name
    Given Ada's customer "Lena Fischer"
    And an order "A-1" of "Lena Fischer"
    When Ada deletes "Lena Fischer"
    And Ada opens the order "A-1"
    Then the answer's "customer" is null
    And the answer's "number" is "A-1"
