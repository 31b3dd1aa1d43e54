Feature: Search that forgives
  Whoever is on the phone cannot spell every name.

  Background:
    Given the brand "Acme" with Ada as its administrator
    And Mia, an agent
    And Ada's customer "Lena Fischer" with the e-mail "lena.fischer@example.com"
    And Ada's customer "Tom Byrne" with the e-mail "tom@example.com"
    And an order "WEB-10427" of "Lena Fischer"

  Scenario Outline: A customer is found
    When Mia searches for "<words>"
    Then "<found>" is among the results

    Examples:
      | words                    | found        |
      | Fischer                  | Lena Fischer |
      | lena fis                 | Lena Fischer |
      | Fisher                   | Lena Fischer |
      | Fsicher                  | Lena Fischer |
      | lena.fischer@example.com | Lena Fischer |
      | Birne                    | Tom Byrne    |

  Scenario: An order is found by its number, also with an error in it
    When Mia searches for "WEB-10427"
    Then "WEB-10427" is among the results
    When Mia searches for "10472"
    Then "WEB-10427" is among the results

  Scenario: What is said in a ticket is found
    Given a ticket "Parcel" of "Lena Fischer" saying "The blue teapot arrived broken"
    When Mia searches for "blue teapot"
    Then "Parcel" is among the results

  Scenario: A search shows only what one may see
    Given Rae, a sales representative
    When Rae searches for "Fischer"
    Then "Lena Fischer" is not among the results

  Scenario: Signs that mean something to databases mean nothing here
    When Mia searches for "fischer' OR 1=1 -- "*) NEAR("
    Then it is done

  Scenario: A renamed customer is found by the new name
    When Ada changes "lastName" of "Tom Byrne" to "Okonkwo"
    And Mia searches for "Okonkwo"
    Then "Tom Okonkwo" is among the results
    When Mia searches for "Byrne"
    Then "Tom Okonkwo" is not among the results
