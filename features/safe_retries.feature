Feature: Safe retries
  A request that is sent again because nobody knows whether it arrived happens once.

  Background:
    Given the brand "Acme" with Ada as its administrator
    And Ada's customer "Lena Fischer"

  Scenario: The same request twice is one ticket
    When Ada creates the ticket "Lost parcel" with the retry key "k-1"
    And Ada creates the ticket "Lost parcel" with the retry key "k-1"
    Then the last two answers are the same
    And the answer was replayed
    And there is 1 ticket

  Scenario: The same key for something else is refused
    Given Ada creates the ticket "Lost parcel" with the retry key "k-1"
    When Ada creates the ticket "Another parcel" with the retry key "k-1"
    Then the state does not allow it
    And there is 1 ticket

  Scenario: Many at the same moment are one
    When Ada creates the ticket "Lost parcel" 8 times at once with the retry key "k-1"
    Then there is 1 ticket

  Scenario: Another person's key is another key
    Given Max, a manager
    When Ada creates the ticket "Lost parcel" with the retry key "k-1"
    And Max creates the ticket "Lost parcel" with the retry key "k-1"
    Then there are 2 tickets

  Scenario: A refusal can be mended under the same key
    When Ada creates the ticket "" with the retry key "k-1"
    Then the answer's status is 422
    When Ada creates the ticket "Lost parcel" with the retry key "k-1"
    Then it is done
    And there is 1 ticket
