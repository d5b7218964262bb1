/** The package's own types. */
import uPlot from 'uplot';

export default uPlot;
