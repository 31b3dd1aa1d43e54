Feature: Orders and totals
  Money always adds up, to the last penny.

  Background:
    Given the brand "Acme" with Ada as its administrator
    And Ada's customer "Lena Fischer"

  Scenario: Lines, discounts and tax make the total
    When Ada creates an order for "Lena Fischer"
      | title       | quantity | unitPrice | discount | tax |
      | Candle      | 6        | 2.55      | 30       | 300 |
      | Tea cup     | 1        | 10.00     | 0        | 200 |
    Then the order's subtotal is 25.30, discount 0.30, tax 5.00 and total 30.00
    And the lines' totals add up to the order's total

  Scenario: Prices may be finer than a penny
    When Ada creates an order for "Lena Fischer"
      | title  | quantity | unitPrice |
      | Screw  | 3        | 0.001     |
      | Washer | 1000     | 0.001     |
    Then the order's subtotal is 1.00, discount 0.00, tax 0.00 and total 1.00
    And the answer's "lines.0.unitPriceExact" is "0.001"

  Scenario: A return takes money back
    When Ada creates a return for "Lena Fischer"
      | title  | quantity | unitPrice |
      | Candle | -2       | 2.55      |
    Then the order's subtotal is -5.10, discount 0.00, tax 0.00 and total -5.10
    When Ada creates a return for "Lena Fischer"
      | title  | quantity | unitPrice |
      | Candle | 2        | 2.55      |
    Then the answer is invalid at "body.lines[0].quantity"

  Scenario: A changed line changes the total
    Given an order "A-1" of "Lena Fischer" worth 10.00
    When Ada replaces the lines of the order "A-1"
      | title  | quantity | unitPrice |
      | Candle | 4        | 2.50      |
      | Tea    | 1        | 3.99      |
    Then the order's subtotal is 13.99, discount 0.00, tax 0.00 and total 13.99

  Scenario: Payments and refunds are counted
    Given an order "A-1" of "Lena Fischer" worth 10.00
    When Ada records a payment of 10.00 for the order "A-1"
    And Ada records a refund of 2.50 for the order "A-1"
    And Ada opens the order "A-1"
    Then the answer's "paid.amount" is 750

  Scenario: The status tells its history
    Given an order "A-1" of "Lena Fischer" worth 10.00
    When Ada moves the order "A-1" to "shipped"
    And Ada moves the order "A-1" to "completed"
    And Ada opens the order "A-1"
    Then the order's history is "pending, shipped, completed"

  Scenario: An order number is used once
    Given an order "A-1" of "Lena Fischer" worth 10.00
    When Ada creates the order "A-1" again
    Then the state does not allow it

  Scenario: An agent reads orders and does not change them
    Given Mia, an agent
    And an order "A-1" of "Lena Fischer" worth 10.00
    When Mia opens the order "A-1"
    Then the answer's "total.amount" is 1000
    When Mia moves the order "A-1" to "shipped"
    Then a permission is missing
    When Mia deletes the order "A-1"
    Then a permission is missing

  Scenario: A manager corrects an order's history but not its lines
    Given Max, a manager
    And an order "A-1" of "Lena Fischer" worth 10.00
    When Max moves the order "A-1" to "completed"
    Then it is done
    When Max replaces the lines of the order "A-1"
      | title  | quantity | unitPrice |
      | Candle | 1        | 0.01      |
    Then a permission is missing
