// Posts the SAML Response at once; without scripts, the button does.
document.getElementById("saml").submit();
