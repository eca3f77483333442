import { fieldErrors } from './field-errors';

describe('fieldErrors', () => {
  it('gives each field its own words', () => {
    const message =
      'Please correct the request: name: String should have at least 1 character; ' +
      'configuration.chat.base_url: Value error, must be an address such as https://models.example.org/v1; ' +
      'configuration.documents.model.temperature: Input should be less than or equal to 2.';
    expect(fieldErrors(message)).toEqual({
      name: 'String should have at least 1 character.',
      base_url: 'Must be an address such as https://models.example.org/v1.',
      'model.temperature': 'Input should be less than or equal to 2.',
    });
  });

  it('finds the field that a rule about several of them names', () => {
    const message =
      'Please correct the request: configuration.chat: Value error, model.name: the source own needs a name.';
    expect(fieldErrors(message)).toEqual({ 'model.name': 'The source own needs a name.' });
  });

  it('keeps words that have a semicolon in them together', () => {
    const message = 'Please correct the request: secrets.api_key: Value error, must not be empty; leave it out.';
    expect(fieldErrors(message)).toEqual({ 'secrets.api_key': 'Must not be empty; leave it out.' });
  });

  it('does not add to a field how many others are left out', () => {
    const message = 'Please correct the request: name: must not be empty; address: must not be empty; and 1,012 more.';
    expect(fieldErrors(message)).toEqual({ name: 'Must not be empty.', address: 'Must not be empty.' });
  });

  it('leaves what is about no field as it is', () => {
    expect(fieldErrors('The disk is full.')).toEqual({ '': 'The disk is full.' });
    expect(fieldErrors('Please correct the request: the body is not valid JSON.')).toEqual({
      '': 'The body is not valid JSON.',
    });
  });
});
