Feature: No lost updates
  Two people who change the same record do not overwrite each other unseen.

  Background:
    Given the brand "Acme" with Ada as its administrator
    And Mia, an agent
    And Sam, an agent
    And Ada's customer "Lena Fischer"

  Scenario: The second one is told
    Given Mia and Sam have opened "Lena Fischer"
    When Mia changes "company" of what she opened to "Fischer GmbH"
    Then it is done
    When Sam changes "company" of what he opened to "Fischer AG"
    Then the answer's status is 412
    And for Ada the "company" of "Lena Fischer" is "Fischer GmbH"

  Scenario: After a fresh look it goes through
    Given Mia and Sam have opened "Lena Fischer"
    And Mia changes "company" of what she opened to "Fischer GmbH"
    When Sam opens "Lena Fischer" again
    And Sam changes "company" of what he opened to "Fischer AG"
    Then it is done
    And for Ada the "company" of "Lena Fischer" is "Fischer AG"

  Scenario: A stale deletion deletes nothing
    Given Mia and Ada have opened "Lena Fischer"
    And Mia changes "company" of what she opened to "Fischer GmbH"
    When Ada deletes what she opened
    Then the answer's status is 412
    And for Ada the "company" of "Lena Fischer" is "Fischer GmbH"

  Scenario: Without a condition the last one wins
    When Mia changes "company" of "Lena Fischer" to "Fischer GmbH"
    And Sam changes "company" of "Lena Fischer" to "Fischer AG"
    Then it is done
    And for Ada the "company" of "Lena Fischer" is "Fischer AG"
