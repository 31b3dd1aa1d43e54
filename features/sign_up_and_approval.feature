Feature: Sign-up and approval
  Whoever works for the brand asks to be let in, and an administrator decides.

  Background:
    Given the brand "Acme" with Ada as its administrator

  Scenario: Staff who sign up wait for approval
    When Mia signs up as staff
    Then Mia is pending
    And Mia cannot sign in

  Scenario: An approved colleague can work
    Given Mia has signed up as staff
    When Ada approves Mia
    Then Mia can sign in

  Scenario: A rejected stranger stays out
    Given Eve has signed up as staff
    When Ada rejects Eve
    Then Eve is rejected
    And Eve cannot sign in

  Scenario: Nobody signs up as administrator
    When Eve signs up as an administrator
    Then the answer is invalid at "body.userType"
    And Ada finds nobody called Eve among the users

  Scenario: A weak password is explained
    When Mia signs up with the password "mountain"
    Then the answer is invalid at "body.password"

  Scenario: Only who may manage users approves
    Given Sam, an agent
    And Mia has signed up as staff
    When Sam approves Mia
    Then a permission is missing
    And Mia is pending

  Scenario: Whoever is deactivated is out at once
    Given Sam, an agent
    When Ada deactivates Sam
    Then Sam is no longer signed in
    And Sam cannot sign in

  Scenario: The last administrator cannot leave
    When Ada makes Ada an agent
    Then the state does not allow it
    And Ada is an administrator
