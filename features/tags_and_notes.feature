Feature: Tags and notes
  What the team knows about a customer stays with the customer.

  Background:
    Given the brand "Acme" with Ada as its administrator
    And Mia, an agent
    And Sam, an agent
    And Ada's customer "Lena Fischer"

  Scenario: The built-in tags are there from the start
    When Mia lists the tags
    Then the list contains "High Value, Low Value, Waiting on order, Already shipped, Sentiment/negative, Sentiment/positive"

  Scenario: Tags are added, set and removed
    When Mia adds the tags "High Value, Already shipped" to "Lena Fischer"
    Then "Lena Fischer" has the tags "Already shipped, High Value"
    When Mia removes the tags "High Value" from "Lena Fischer"
    Then "Lena Fischer" has the tags "Already shipped"
    When Mia sets the tags of "Lena Fischer" to "Low Value"
    Then "Lena Fischer" has the tags "Low Value"

  Scenario: Customers are found by tag
    Given Ada's customer "Tom Byrne"
    And Mia adds the tags "High Value" to "Tom Byrne"
    When Mia lists the customers with "tag=High Value"
    Then the list is "Tom Byrne"

  Scenario: The next agent knows what the last one learned
    When Sam notes "Prefers the phone." about "Lena Fischer"
    And Sam notes "Has moved to Lyon." about "Lena Fischer"
    And Mia reads the notes about "Lena Fischer"
    Then the notes are "Has moved to Lyon., Prefers the phone." by Sam

  Scenario: A note belongs to its author
    Given Sam notes "Prefers the phone." about "Lena Fischer"
    When Mia changes that note to "Hates the phone."
    Then a permission is missing
    When Sam changes that note to "Prefers e-mail."
    Then it is done
    When Sam deletes that note
    Then it is done
    When Mia reads the notes about "Lena Fischer"
    Then the list is empty

  Scenario: A note is no place to hide from permissions
    Given Rae, a sales representative
    When Rae notes "Sneaky." about "Lena Fischer"
    Then it is refused
    When Mia reads the notes about "Lena Fischer"
    Then the list is empty
