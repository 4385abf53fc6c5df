import './css/fonts.css';
import './css/tokens.css';
import './css/base.css';
import './css/frame.css';
import './css/parts.css';
import './css/screens.css';
import './css/terminal.css';
import './css/rescue.css';
